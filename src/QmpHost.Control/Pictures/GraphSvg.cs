using System.Globalization;
using System.Security;
using System.Text;

namespace QmpHost.Control.Pictures;

/// <summary>A graph as a drawing that needs nothing else: no script, no font, no style sheet.</summary>
internal static class GraphSvg
{
    private const int LineHeight = 16;
    private const int LetterWidth = 7;
    private const int Gap = 40;
    private const int RowGap = 70;
    private const int LongestLine = 48;

    private sealed record Box(double X, double Y, double Width, double Height);

    public static string Write(GraphSnapshot graph)
    {
        var layout = new GraphLayout(graph);
        Dictionary<ulong, Box> boxes = Place(layout, out double width, out double height);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        text.Append("<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#667\"/></marker></defs>\n");
        foreach (GraphEdge edge in graph.Edges)
        {
            Draw(text, edge, boxes[edge.Parent], boxes[edge.Child]);
        }

        foreach (GraphVertex vertex in graph.Vertices)
        {
            Draw(text, vertex, boxes[vertex.Id]);
        }

        return text.Append("</svg>\n").ToString();
    }

    private static Dictionary<ulong, Box> Place(GraphLayout layout, out double width, out double height)
    {
        var boxes = new Dictionary<ulong, Box>();
        double widest = layout.Rows.Select(WidthOf).DefaultIfEmpty(100).Max();
        double y = Gap / 2;
        foreach (List<GraphVertex> row in layout.Rows)
        {
            double x = (Gap / 2) + ((widest - WidthOf(row)) / 2);
            double tallest = 0;
            foreach (GraphVertex vertex in row)
            {
                var box = new Box(x, y, WidthOf(vertex), ((Lines(vertex).Count() + 1) * LineHeight) - 2);
                boxes.Add(vertex.Id, box);
                x += box.Width + Gap;
                tallest = Math.Max(tallest, box.Height);
            }

            y += tallest + RowGap;
        }

        width = widest + Gap;
        height = Math.Max(y - RowGap + (Gap / 2), Gap);
        return boxes;
    }

    private static double WidthOf(List<GraphVertex> row) => row.Sum(WidthOf) + ((row.Count - 1) * Gap);

    private static double WidthOf(GraphVertex vertex) => (Lines(vertex).Max(static line => line.Length) * LetterWidth) + 20;

    private static IEnumerable<string> Lines(GraphVertex vertex) => vertex.Details.Prepend(vertex.Name).Select(Shorten);

    // Of a path its end says most.
    private static string Shorten(string line) => line.Length <= LongestLine ? line : "…" + line[^(LongestLine - 1)..];

    private static void Draw(StringBuilder text, GraphVertex vertex, Box box)
    {
        (string fill, int radius) = vertex.Kind switch
        {
            VertexKind.Node => ("#e8f0fe", 4),
            VertexKind.Job => ("#fff3d6", 18),
            VertexKind.Export => ("#e3f6e5", 4),
            _ => ("#eeeeee", 10),
        };
        text.Append(CultureInfo.InvariantCulture, $"<g><rect x=\"{box.X}\" y=\"{box.Y}\" width=\"{box.Width}\" height=\"{box.Height}\" rx=\"{radius}\" fill=\"{fill}\" stroke=\"#445\"/>");
        double y = box.Y + LineHeight;
        bool isFirst = true;
        foreach (string line in Lines(vertex))
        {
            string weight = isFirst ? " font-weight=\"bold\"" : "";
            text.Append(CultureInfo.InvariantCulture, $"<text x=\"{box.X + (box.Width / 2)}\" y=\"{y}\" text-anchor=\"middle\"{weight}>{SecurityElement.Escape(line)}</text>");
            y += LineHeight;
            isFirst = false;
        }

        text.Append("</g>\n");
    }

    private static void Draw(StringBuilder text, GraphEdge edge, Box parent, Box child)
    {
        double x1 = parent.X + (parent.Width / 2);
        double y1 = parent.Y + parent.Height;
        double x2 = child.X + (child.Width / 2);
        double y2 = child.Y;
        double middle = (y1 + y2) / 2;
        text.Append(CultureInfo.InvariantCulture, $"<path d=\"M{x1} {y1}C{x1} {middle} {x2} {middle} {x2} {y2}\" fill=\"none\" stroke=\"#667\" marker-end=\"url(#arrow)\"/>");
        text.Append(CultureInfo.InvariantCulture, $"<text x=\"{((x1 + x2) / 2) + 6}\" y=\"{middle}\" font-size=\"10\" fill=\"#445\">{SecurityElement.Escape(edge.Name)} {edge.Used}/{edge.Shared}</text>\n");
    }
}
