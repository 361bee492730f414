using QmpHost.Qapi;

namespace QmpHost.Control.Pictures;

/// <summary>Puts a graph together from what the commands tell that describe it.</summary>
internal static class GraphReading
{
    private static readonly (string Name, char Letter)[] Permissions =
        [("consistent-read", 'r'), ("write", 'w'), ("write-unchanged", 'u'), ("resize", 's')];

    private static readonly string[] BitmapFlags = ["recording", "busy", "persistent", "inconsistent"];

    /// <summary>Reads a graph.</summary>
    /// <param name="graph">What x-debug-query-block-graph tells.</param>
    /// <param name="nodes">What query-named-block-nodes tells.</param>
    /// <param name="jobs">What query-jobs tells.</param>
    /// <param name="exports">What query-block-exports tells.</param>
    public static GraphSnapshot Read(QDict graph, IReadOnlyList<QDict> nodes, IReadOnlyList<QDict> jobs, IReadOnlyList<QDict> exports)
    {
        GraphEdge[] edges = [.. ((QList)graph["edges"]).Cast<QDict>().Select(ReadEdge).Reverse()];
        Dictionary<string, QDict> infos = nodes.ToDictionary(static info => Text(info, "node-name"), StringComparer.Ordinal);
        Dictionary<string, QDict> jobInfos = jobs.ToDictionary(static info => Text(info, "id"), StringComparer.Ordinal);
        var served = new List<QDict>(exports);
        QDict[] listed = [.. ((QList)graph["nodes"]).Cast<QDict>().Reverse()];
        Dictionary<ulong, string> names = listed.ToDictionary(static vertex => Id(vertex, "id"), static vertex => Text(vertex, "name"));
        GraphVertex[] vertices = [.. listed.Select(vertex => ReadVertex(vertex, edges, names, infos, jobInfos, served))];
        return new GraphSnapshot(vertices, edges);
    }

    private static GraphEdge ReadEdge(QDict edge) => new(
        Id(edge, "parent"), Id(edge, "child"), Text(edge, "name"), Letters((QList)edge["perm"]), Letters((QList)edge["shared-perm"]));

    private static GraphVertex ReadVertex(
        QDict vertex, GraphEdge[] edges, Dictionary<ulong, string> names, Dictionary<string, QDict> nodes, Dictionary<string, QDict> jobs, List<QDict> exports)
    {
        ulong id = Id(vertex, "id");
        string name = Text(vertex, "name");
        switch (Text(vertex, "type"))
        {
            case "block-driver":
                return new GraphVertex(id, VertexKind.Node, name, nodes.TryGetValue(name, out QDict? node) ? [.. NodeDetails(node)] : []);
            case "block-job":
                return new GraphVertex(id, VertexKind.Job, name, jobs.TryGetValue(name, out QDict? job) ? [.. JobDetails(job)] : []);
            default:
                // An export is a user without a name of its own.
                string? root = edges.FirstOrDefault(edge => edge.Parent == id) is { } used ? names.GetValueOrDefault(used.Child) : null;
                if (name.Length == 0 && root is not null && exports.Find(export => Text(export, "node-name") == root) is { } found)
                {
                    exports.Remove(found);
                    return new GraphVertex(id, VertexKind.Export, Text(found, "id"), [Text(found, "type")]);
                }

                return new GraphVertex(id, VertexKind.Device, name.Length == 0 ? "(unnamed)" : name, []);
        }
    }

    private static IEnumerable<string> NodeDetails(QDict node)
    {
        yield return Text(node, "drv") + (node.TryGetValue("ro", out QObject? ro) && ro is QBool { Value: true } ? ", read-only" : "");
        string file = Text(node, "file");
        if (file.Length > 0 && !file.StartsWith("json:", StringComparison.Ordinal))
        {
            yield return file;
        }

        if (node.TryGetValue("dirty-bitmaps", out QObject? bitmaps) && bitmaps is QList list)
        {
            foreach (QDict bitmap in list.OfType<QDict>())
            {
                string name = Text(bitmap, "name");
                yield return $"bitmap {(name.Length == 0 ? "(anonymous)" : name)}: {bitmap["count"]} dirty{Flags(bitmap)}";
            }
        }
    }

    private static string Flags(QDict bitmap) => string.Concat(
        BitmapFlags
            .Where(name => bitmap.TryGetValue(name, out QObject? flag) && flag is QBool { Value: true })
            .Select(static name => ", " + name));

    private static IEnumerable<string> JobDetails(QDict job)
    {
        yield return $"{Text(job, "type")}, {Text(job, "status")}";
        yield return $"{job["current-progress"]} of {job["total-progress"]}";
        if (Text(job, "error") is { Length: > 0 } error)
        {
            yield return error;
        }
    }

    private static string Letters(QList permissions)
    {
        HashSet<string> names = [.. permissions.OfType<QString>().Select(static name => name.Value)];
        return string.Concat(Permissions.Where(known => names.Contains(known.Name)).Select(static known => known.Letter));
    }

    private static string Text(QDict value, string name) => value.TryGetValue(name, out QObject? member) && member is QString text ? text.Value : string.Empty;

    private static ulong Id(QDict value, string name) => ulong.Parse(value[name].ToString(), System.Globalization.CultureInfo.InvariantCulture);
}
