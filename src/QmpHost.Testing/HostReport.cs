using System.Globalization;
using System.Text;
using QmpHost.Control.Recording;
using QmpHost.Hosting.Disks;
using QmpHost.Qapi.Schema;

namespace QmpHost.Testing;

/// <summary>A host in words, for whoever reads why a test failed.</summary>
internal static class HostReport
{
    /// <summary>What has a name.</summary>
    public static IEnumerable<(string Kind, string Name)> Names(HostState state) =>
    [
        .. state.Nodes.Select(static node => ("node", node.NodeName ?? string.Empty)),
        .. state.Bitmaps.Select(static bitmap => ("bitmap", bitmap.Info.Name ?? "(anonymous)")),
        .. state.Jobs.Select(static job => ("job", job.Id)),
        .. state.Exports.Select(static export => ("export", export.Id)),
    ];

    public static string Write(HostState? state, TimeSpan elapsed, IEnumerable<RecordEntry> entries)
    {
        var text = new StringBuilder();
        Add(text, "last messages", entries.Select(static entry => entry.ToString()));
        if (state is null)
        {
            return text.Append(CultureInfo.InvariantCulture, $"the host has ended, after {elapsed}\n").ToString();
        }

        Add(text, "nodes", state.Nodes.Select(static node => $"{node.NodeName} ({node.Drv}) {node.File}"));
        Add(text, "edges", Edges(state.Graph));
        Add(text, "bitmaps", state.Bitmaps.Select(Describe));
        Add(text, "jobs", state.Jobs.Select(static job => $"{job.Id} ({job.Type.ToWire()}) {job.Status.ToWire()} {job.CurrentProgress} of {job.TotalProgress} {job.Error}".TrimEnd()));
        Add(text, "exports", state.Exports.Select(static export => $"{export.Id} of {export.NodeName}"));
        text.Append(CultureInfo.InvariantCulture, $"clock: {elapsed} since the start, guest {state.Status.ToWire()}\n");
        return text.ToString();
    }

    private static IEnumerable<string> Edges(XDbgBlockGraph graph)
    {
        Dictionary<ulong, string> names = graph.Nodes.ToDictionary(static node => node.Id, static node => node.Name);
        return graph.Edges.Select(edge => $"{names.GetValueOrDefault(edge.Parent)} -{edge.Name}-> {names.GetValueOrDefault(edge.Child)}");
    }

    private static string Describe(BitmapState bitmap)
    {
        IEnumerable<ByteRange> first = bitmap.Dirty.Take(8);
        return $"{bitmap.Node}/{bitmap.Info.Name} {bitmap.Info.Count} dirty: {string.Join(' ', first)}{(bitmap.Dirty.Count > 8 ? " ..." : string.Empty)}";
    }

    private static void Add(StringBuilder text, string title, IEnumerable<string> lines)
    {
        text.Append(CultureInfo.InvariantCulture, $"{title}:\n");
        foreach (string line in lines)
        {
            text.Append(CultureInfo.InvariantCulture, $"    {line}\n");
        }
    }
}
