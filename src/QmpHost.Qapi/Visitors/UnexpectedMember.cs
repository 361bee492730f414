namespace QmpHost.Qapi;

/// <summary>Chooses, of several members that the schema does not have, the one that the error names.</summary>
internal static class UnexpectedMember
{
    public static string Find(QDict dict, IReadOnlyCollection<string> known)
    {
        foreach (KeyValuePair<string, QObject> member in dict.Members)
        {
            if (!known.Contains(member.Key))
            {
                return member.Key;
            }
        }

        throw new ArgumentException("Every member is known.", nameof(dict));
    }
}
