using System.Globalization;
using System.Text;

namespace QmpHost.Control.Pictures;

/// <summary>A graph in the language of Mermaid.</summary>
internal static class GraphMermaid
{
    public static string Write(GraphSnapshot graph)
    {
        var text = new StringBuilder("flowchart TD\n");
        foreach (GraphVertex vertex in graph.Vertices)
        {
            (string open, string close) = vertex.Kind switch
            {
                VertexKind.Node => ("[", "]"),
                VertexKind.Job => ("([", "])"),
                VertexKind.Export => (">", "]"),
                _ => ("{{", "}}"),
            };
            string label = string.Join("<br>", vertex.Details.Prepend(vertex.Name).Select(Escape));
            text.Append(CultureInfo.InvariantCulture, $"  v{vertex.Id}{open}\"{label}\"{close}\n");
        }

        foreach (GraphEdge edge in graph.Edges)
        {
            text.Append(CultureInfo.InvariantCulture, $"  v{edge.Parent} -->|\"{Escape(edge.Name)} {edge.Used}/{edge.Shared}\"| v{edge.Child}\n");
        }

        return text.ToString();
    }

    private static string Escape(string text)
        => text.Replace("#", "#35;", StringComparison.Ordinal).Replace("\"", "#quot;", StringComparison.Ordinal).Replace("<", "#lt;", StringComparison.Ordinal);
}
