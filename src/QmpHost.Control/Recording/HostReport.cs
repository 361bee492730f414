using System.Globalization;
using System.Text;
using QmpHost.Control.Gates;
using QmpHost.Control.Pictures;
using QmpHost.Hosting;

namespace QmpHost.Control.Recording;

/// <summary>How a host stands, in one text: for the message of a test that fails.</summary>
public static class HostReport
{
    private const int LatestEntries = 30;
    private const int LongestLine = 400;

    /// <summary>Writes the text.</summary>
    /// <param name="host">The host.</param>
    /// <returns>A task with the text.</returns>
    public static async Task<string> WriteAsync(BlockHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        HostControl control = HostControl.Of(host);
        GraphSnapshot graph = await GraphSnapshot.TakeAsync(host);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"QEMU {host.Options.Profile}, {host.Options.Identity.Program}, clock at {host.Clock.Elapsed.TotalSeconds:0.###} s\n");
        IReadOnlyList<RecordEntry> entries = control.Record.Entries();
        text.Append(entries.Count == 0 ? "nothing was recorded\n" : $"the latest of {entries.Count} messages:\n");
        foreach (RecordEntry entry in entries.Skip(entries.Count - LatestEntries))
        {
            string line = entry.ToString();
            text.Append("  ").Append(line.Length > LongestLine ? line[..LongestLine] + "..." : line).Append('\n');
        }

        foreach (Gate gate in await control.Gates.ListAsync())
        {
            text.Append("gate ").Append(gate.Description).Append(": ").Append(gate.Held ?? "holds nothing").Append('\n');
        }

        return text.Append("graph:\n").Append(GraphPicture.Draw(graph, "text")).ToString();
    }
}
