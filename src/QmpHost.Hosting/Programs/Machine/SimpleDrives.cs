using QmpHost.Hosting.CommandLine;

namespace QmpHost.Hosting.Programs.Machine;

/// <summary>The short options of drives, each of which stands for a -drive: -hda to -hdd, -cdrom, -fda, -fdb, -pflash; and -snapshot.</summary>
internal static class SimpleDrives
{
    private static readonly Dictionary<string, string> DriveOf = new(StringComparer.Ordinal)
    {
        ["hda"] = "index=0,media=disk",
        ["hdb"] = "index=1,media=disk",
        ["hdc"] = "index=2,media=disk",
        ["hdd"] = "index=3,media=disk",
        ["cdrom"] = "index=2,media=cdrom",
        ["fda"] = "if=floppy,index=0",
        ["fdb"] = "if=floppy,index=1",
        ["pflash"] = "if=pflash",
        ["mtdblock"] = "if=mtd",
        ["sd"] = "if=sd",
    };

    /// <summary>Writes such options out; their texts, which errors begin with, stay as given.</summary>
    /// <param name="options">The command line.</param>
    /// <returns>The command line with -drive in their places.</returns>
    public static IReadOnlyList<GivenOption> Expand(IReadOnlyList<GivenOption> options)
    {
        bool snapshot = options.Any(static option => option.Name == "snapshot");
        return !snapshot && !options.Any(static option => DriveOf.ContainsKey(option.Name))
            ? options
            : [.. options.Where(static option => option.Name != "snapshot").Select(option => Expand(option, snapshot))];
    }

    private static GivenOption Expand(GivenOption option, bool snapshot)
    {
        GivenOption drive = DriveOf.TryGetValue(option.Name, out string? place)
            ? new GivenOption("drive", $"{place},file={option.Value.Replace(",", ",,", StringComparison.Ordinal)}", option.Text)
            : option;
        return snapshot && drive.Name == "drive" && !drive.Value.Contains("snapshot=", StringComparison.Ordinal)
            ? drive with { Value = $"snapshot=on,{drive.Value}" }
            : drive;
    }
}
