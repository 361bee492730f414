namespace QmpHost.Qapi;

/// <summary>Takes what is deprecated out of the answer to query-qmp-schema.</summary>
internal static class SchemaPruning
{
    private const string Deprecated = "deprecated";

    /// <summary>Leaves out deprecated commands, events and members. The types that only they use stay.</summary>
    /// <param name="schema">The answer.</param>
    public static QList WithoutDeprecated(QList schema)
    {
        var rest = new QList();
        foreach (QDict entry in schema.Cast<QDict>())
        {
            if (IsDeprecated(entry))
            {
                continue;
            }

            if (entry.TryGetValue("members", out QObject? members) && members is QList list)
            {
                entry.Put("members", Keep(list));
            }

            rest.Add(entry);
        }

        return rest;
    }

    private static QList Keep(QList members)
    {
        var kept = new QList();
        foreach (QObject member in members)
        {
            if (member is not QDict dict || !IsDeprecated(dict))
            {
                kept.Add(member);
            }
        }

        return kept;
    }

    private static bool IsDeprecated(QDict entry)
        => entry.TryGetValue("features", out QObject? features) && features is QList list && list.Any(static feature => feature is QString { Value: Deprecated });
}
