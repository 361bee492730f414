using System.Globalization;
using System.Text;

namespace QmpHost.Control.Pictures;

/// <summary>A graph in the language of Graphviz.</summary>
internal static class GraphDot
{
    public static string Write(GraphSnapshot graph)
    {
        var text = new StringBuilder("digraph blocks {\n  node [fontname=\"sans-serif\", fontsize=11];\n  edge [fontname=\"sans-serif\", fontsize=9];\n");
        foreach (GraphVertex vertex in graph.Vertices)
        {
            string label = string.Join("\\n", vertex.Details.Prepend(vertex.Name).Select(Quote));
            text.Append(CultureInfo.InvariantCulture, $"  v{vertex.Id} [shape={Shape(vertex.Kind)}, label=\"{label}\"];\n");
        }

        foreach (GraphEdge edge in graph.Edges)
        {
            text.Append(CultureInfo.InvariantCulture, $"  v{edge.Parent} -> v{edge.Child} [label=\"{Quote(edge.Name)}\\n{edge.Used}/{edge.Shared}\"];\n");
        }

        return text.Append("}\n").ToString();
    }

    private static string Shape(VertexKind kind) => kind switch
    {
        VertexKind.Node => "box",
        VertexKind.Job => "ellipse",
        VertexKind.Export => "cds",
        _ => "hexagon",
    };

    private static string Quote(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
