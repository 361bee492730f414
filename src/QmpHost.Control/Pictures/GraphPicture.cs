namespace QmpHost.Control.Pictures;

/// <summary>Draws graphs.</summary>
public static class GraphPicture
{
    /// <summary>The formats that there are.</summary>
    public static IReadOnlyList<string> Formats { get; } = ["text", "dot", "mermaid", "svg"];

    /// <summary>Draws a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="format">One of <see cref="Formats"/>.</param>
    /// <returns>The picture as text.</returns>
    /// <exception cref="ArgumentException">There is no such format.</exception>
    public static string Draw(GraphSnapshot graph, string format)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return format switch
        {
            "text" => GraphText.Write(graph),
            "dot" => GraphDot.Write(graph),
            "mermaid" => GraphMermaid.Write(graph),
            "svg" => GraphSvg.Write(graph),
            _ => throw new ArgumentException($"There is no format '{format}', only {string.Join(", ", Formats)}.", nameof(format)),
        };
    }
}
