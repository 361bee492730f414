using QmpHost.Qapi;

namespace QmpHost.Control.Recording;

/// <summary>Questions to a record of what clients did.</summary>
public static class RecordCheck
{
    /// <summary>Checks that some things happened in an order, with others between them.</summary>
    /// <param name="entries">The record.</param>
    /// <param name="steps">Names of commands and events.</param>
    /// <exception cref="RecordCheckException">They did not; the message says which is missing and what there was.</exception>
    public static void Order(IReadOnlyList<RecordEntry> entries, IReadOnlyList<string> steps)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentNullException.ThrowIfNull(steps);
        RecordEntry[] named = [.. entries.Where(static entry => entry.Kind is RecordKind.Command or RecordKind.Event)];
        int at = 0;
        foreach (string step in steps)
        {
            int found = Array.FindIndex(named, at, entry => entry.Name == step);
            if (found < 0)
            {
                string before = at == 0 ? "at all" : $"behind {named[at - 1].Name}";
                throw new RecordCheckException(
                    $"'{step}' did not come {before}. What came:\n{string.Join('\n', named.Select(static entry => $"  {entry.Kind.ToString().ToLowerInvariant()} {entry.Name}"))}");
            }

            at = found + 1;
        }
    }

    /// <summary>Tells which parts of what clients sent are deprecated, missing or different in some releases.</summary>
    /// <param name="entries">The record.</param>
    /// <param name="releases">The releases.</param>
    /// <returns>The findings; places are numbers of entries.</returns>
    public static IReadOnlyList<string> Lint(IReadOnlyList<RecordEntry> entries, IEnumerable<VersionProfile> releases)
    {
        ArgumentNullException.ThrowIfNull(entries);
        var lint = new ConversationLint(releases);
        foreach (RecordEntry entry in entries.Where(static entry => entry is { Kind: RecordKind.Command, Name.Length: > 0 }))
        {
            QDict? arguments = entry.Parse() is QDict message && message.TryGetValue("arguments", out QObject? value) ? value as QDict : null;
            lint.Add((int)entry.Number, entry.Name, arguments);
        }

        return lint.Findings();
    }
}
