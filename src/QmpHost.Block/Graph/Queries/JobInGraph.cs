namespace QmpHost.Block.Graph.Queries;

/// <summary>A job as <see cref="BlockGraphQuery"/> draws it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Nodes">The edges to the nodes that it holds, newest first.</param>
public sealed record JobInGraph(string Id, IReadOnlyList<BlockChild> Nodes);
