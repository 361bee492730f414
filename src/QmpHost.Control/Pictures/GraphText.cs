using System.Text;

namespace QmpHost.Control.Pictures;

/// <summary>A graph for the terminal: a tree from each user that nobody uses; what was shown before is named only.</summary>
internal static class GraphText
{
    public static string Write(GraphSnapshot graph)
    {
        var text = new StringBuilder();
        Dictionary<ulong, GraphVertex> byId = graph.Vertices.ToDictionary(static vertex => vertex.Id);
        HashSet<ulong> used = [.. graph.Edges.Select(static edge => edge.Child)];
        var shown = new HashSet<ulong>();
        foreach (GraphVertex root in graph.Vertices.Where(vertex => !used.Contains(vertex.Id)))
        {
            text.Append(Title(root)).Append('\n');
            Write(text, graph, byId, root, "", shown);
        }

        return text.ToString();
    }

    private static void Write(StringBuilder text, GraphSnapshot graph, Dictionary<ulong, GraphVertex> byId, GraphVertex vertex, string indent, HashSet<ulong> shown)
    {
        if (!shown.Add(vertex.Id))
        {
            return;
        }

        GraphEdge[] edges = [.. graph.Edges.Where(edge => edge.Parent == vertex.Id)];
        foreach (string detail in vertex.Details.Skip(1))
        {
            text.Append(indent).Append(edges.Length > 0 ? "│   " : "    ").Append(detail).Append('\n');
        }

        for (int i = 0; i < edges.Length; i++)
        {
            bool isLast = i == edges.Length - 1;
            GraphVertex child = byId[edges[i].Child];
            text.Append(indent).Append(isLast ? "└─ " : "├─ ").Append(edges[i].Name).Append(" [").Append(edges[i].Used).Append('/').Append(edges[i].Shared).Append("] ")
                .Append(Title(child)).Append(shown.Contains(child.Id) ? " (above)" : "").Append('\n');
            Write(text, graph, byId, child, indent + (isLast ? "   " : "│  "), shown);
        }
    }

    private static string Title(GraphVertex vertex)
    {
        string first = vertex.Details.Count > 0 ? $" ({vertex.Details[0]})" : "";
        return vertex.Kind == VertexKind.Node ? vertex.Name + first : $"{vertex.Kind.ToString().ToLowerInvariant()} {vertex.Name}{first}";
    }
}
