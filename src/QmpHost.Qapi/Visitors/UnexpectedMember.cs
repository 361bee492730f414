namespace QmpHost.Qapi;

/// <summary>
/// Chooses, of several members that the schema does not have, the one that the error names.
/// QEMU keeps the members of an object in a hash table, takes out each one that it visits, and names the first that is left.
/// </summary>
internal static class UnexpectedMember
{
    public static string Find(QDict dict, IReadOnlyCollection<string> known)
    {
        ReadOnlySpan<KeyValuePair<string, QObject>> members = dict.Members;
        var order = new long[members.Length];
        WireOrder.Sort(members, order);
        var table = new VisitedMembersTable();
        foreach (long at in order)
        {
            table.Add(members[(int)at].Key);
        }

        foreach (string name in known)
        {
            table.Remove(name);
        }

        return table.First ?? throw new ArgumentException("Every member is known.", nameof(dict));
    }
}
