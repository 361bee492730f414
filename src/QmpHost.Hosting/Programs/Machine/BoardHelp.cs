using QmpHost.Machine.Facts;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Hosting.Programs.Machine;

/// <summary>What -machine BOARD,help prints.</summary>
internal static class BoardHelp
{
    private const int NameWidth = 24;

    // What only boards that there are have, or what cannot be set; the lists of properties do not tell them apart.
    private static readonly HashSet<string> Hidden = new(StringComparer.Ordinal)
    {
        "type", "cxl", "cxl-fmw", "device-memory-region-size", "hmat", "nvdimm", "nvdimm-persistence", "pcspk-audiodev", "pflash0", "pflash1",
    };

    /// <summary>The properties of a board, or the list of boards where there is no such board.</summary>
    /// <param name="name">The board, by its name or an alias, or null.</param>
    /// <param name="profile">The release.</param>
    public static IEnumerable<string> Lines(string? name, VersionProfile profile)
        => name is not null && MachineFacts.Of(profile).Find(name) is { } board
            ? TypeFacts.Of(profile).ListProperties($"{board.Name}-machine")
                .Where(static property => !Hidden.Contains(property.Name) && !property.Type.StartsWith("child<", StringComparison.Ordinal))
                .Select(Line).Order(StringComparer.Ordinal).Prepend($"{board.Name}-machine options:")
            : MachineFacts.Of(profile).HelpLines;

    private static string Line(ObjectPropertyInfo property)
    {
        string line = $"  {property.Name}=<{property.Type}>";
        return property.Description is { } text ? $"{line.PadRight(NameWidth)} - {text}" : line;
    }
}
