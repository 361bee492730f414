namespace QmpHost.Control.Pictures;

/// <summary>Places the things of a graph in rows: whoever uses something stands above it, near to it.</summary>
internal sealed class GraphLayout
{
    private const int Passes = 4;

    private readonly GraphSnapshot _graph;
    private readonly Dictionary<ulong, int> _rowOf = [];

    public GraphLayout(GraphSnapshot graph)
    {
        _graph = graph;
        foreach (GraphVertex vertex in graph.Vertices)
        {
            RowOf(vertex.Id, []);
        }

        Rows = [.. graph.Vertices.GroupBy(vertex => _rowOf[vertex.Id]).OrderBy(static row => row.Key).Select(static row => row.ToList())];
        for (int pass = 0; pass < Passes; pass++)
        {
            Sort();
        }
    }

    /// <summary>The rows from above, each from the left.</summary>
    public IReadOnlyList<List<GraphVertex>> Rows { get; }

    // One row below the lowest of those that use it; graphs of nodes have no cycles, but what is read from elsewhere may.
    private int RowOf(ulong id, HashSet<ulong> path)
    {
        if (_rowOf.TryGetValue(id, out int row))
        {
            return row;
        }

        if (!path.Add(id))
        {
            return 0;
        }

        row = _graph.Edges.Where(edge => edge.Child == id).Select(edge => RowOf(edge.Parent, path) + 1).DefaultIfEmpty(0).Max();
        path.Remove(id);
        _rowOf[id] = row;
        return row;
    }

    private void Sort()
    {
        Dictionary<ulong, double> place = [];
        foreach (List<GraphVertex> row in Rows)
        {
            for (int i = 0; i < row.Count; i++)
            {
                place[row[i].Id] = (i + 0.5) / row.Count;
            }
        }

        foreach (List<GraphVertex> row in Rows)
        {
            GraphVertex[] sorted = [.. row.OrderBy(vertex => _graph.Edges
                .Where(edge => edge.Child == vertex.Id || edge.Parent == vertex.Id)
                .Select(edge => place[edge.Child == vertex.Id ? edge.Parent : edge.Child])
                .DefaultIfEmpty(place[vertex.Id]).Average())];
            row.Clear();
            row.AddRange(sorted);
        }
    }
}
