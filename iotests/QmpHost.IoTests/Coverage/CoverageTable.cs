using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using QmpHost.IoTests.Harness;
using QmpHost.Qapi;

namespace QmpHost.IoTests.Coverage;

/// <summary>The document that says in how many recordings each part of the schema occurs.</summary>
internal static partial class CoverageTable
{
    /// <summary>Where it is kept.</summary>
    public static string Path { get; } = System.IO.Path.Combine(Corpus.Root, "..", "docs", "coverage.md");

    private static SchemaCoverage Count(IEnumerable<RecordedConversation> conversations, params QmpProgram[] programs)
    {
        var coverage = new SchemaCoverage(programs);
        foreach (RecordedConversation conversation in conversations)
        {
            coverage.Add(conversation);
        }

        return coverage;
    }

    /// <summary>What of the storage daemon occurs in no recording, without a reason.</summary>
    public static IEnumerable<string> FindOpen()
    {
        CoverageReasons reasons = CoverageReasons.Read();
        return Count(RecordedConversation.All(), QmpProgram.StorageDaemon).Counts
            .Where(count => count.Value == 0 && reasons.Find(count.Key) is null)
            .Select(static count => count.Key.Key);
    }

    /// <summary>What the document says.</summary>
    public static string Text()
    {
        RecordedConversation[] conversations = [.. RecordedConversation.All()];
        SchemaCoverage coverage = Count(conversations, QmpProgram.System, QmpProgram.StorageDaemon);
        CoverageReasons reasons = CoverageReasons.Read();
        var text = new StringBuilder(
            """
            # Coverage

            In how many recorded sessions and scenarios each part of the schema occurs: commands, events, options by the type that has
            them, values of enums. A recording counts once for each, whatever its releases. What occurs in none stands at the end with the
            reason. The session tool makes this page: `coverage`.


            """.ReplaceLineEndings("\n"));
        AppendSummary(text, coverage, CountErrors(conversations));
        foreach ((PartKind kind, string title) in new[]
        {
            (PartKind.Command, "Commands"), (PartKind.Event, "Events"), (PartKind.Option, "Options"), (PartKind.Value, "Values"),
        })
        {
            AppendCounts(text, title, coverage.Counts.Where(count => count.Key.Kind == kind && count.Value > 0));
        }

        AppendMissing(text, coverage, reasons);
        return text.ToString();
    }

    private static void AppendSummary(StringBuilder text, SchemaCoverage coverage, int errors)
    {
        text.Append("| | there are | recorded |\n| --- | --- | --- |\n");
        foreach (IGrouping<PartKind, KeyValuePair<SchemaPart, int>> group in coverage.Counts.GroupBy(static count => count.Key.Kind))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {group.Key.ToString().ToLowerInvariant()}s | {group.Count()} | {group.Count(static count => count.Value > 0)} |\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"| error messages, names and numbers apart | | {errors} |\n\n");
    }

    private static int CountErrors(IEnumerable<RecordedConversation> conversations) => conversations
        .SelectMany(static conversation => conversation.Errors)
        .Select(static error => Names().Replace(error, "…"))
        .Distinct(StringComparer.Ordinal)
        .Count();

    // One line for each type, so that a change shows as one line.
    private static void AppendCounts(StringBuilder text, string title, IEnumerable<KeyValuePair<SchemaPart, int>> counts)
    {
        text.Append(CultureInfo.InvariantCulture, $"## {title}\n\n");
        foreach (IGrouping<string, KeyValuePair<SchemaPart, int>> owner in counts.GroupBy(static count => count.Key.Owner))
        {
            string names = string.Join(", ", owner.Select(static count => $"{count.Key.Name} {count.Value}"));
            text.Append(owner.Key.Length == 0 ? "" : $"- {owner.Key}: ").Append(names).Append('\n');
        }

        text.Append('\n');
    }

    private static void AppendMissing(StringBuilder text, SchemaCoverage coverage, CoverageReasons reasons)
    {
        text.Append("## In no recording\n\n");
        IEnumerable<IGrouping<string, SchemaPart>> groups = coverage.Counts
            .Where(static count => count.Value == 0)
            .GroupBy(count => reasons.Find(count.Key) ?? "not recorded yet", static count => count.Key)
            .OrderBy(static group => group.Key, StringComparer.Ordinal);
        foreach (IGrouping<string, SchemaPart> group in groups)
        {
            text.Append(CultureInfo.InvariantCulture, $"- {group.Key} ({group.Count()}): {string.Join(", ", group.Select(static part => part.Key))}\n");
        }
    }

    [GeneratedRegex("'[^']*'|\"[^\"]*\"|[0-9]+|/[^ :,]*|#?node[0-9]+")]
    private static partial Regex Names();
}
