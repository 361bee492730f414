namespace QmpHost.Block.Graph;

/// <summary>A driver whose nodes have as many children as clients want. Called in a drained section.</summary>
public interface IChildCollection
{
    /// <summary>Adds a child.</summary>
    /// <param name="node">The child.</param>
    /// <exception cref="Qapi.QmpException">It cannot be added; nothing has changed.</exception>
    void AddChild(BlockNode node);

    /// <summary>Takes a child away.</summary>
    /// <param name="child">The edge that leads to it.</param>
    /// <exception cref="Qapi.QmpException">It is needed; nothing has changed.</exception>
    /// <returns>A task that ends when it is gone.</returns>
    ValueTask RemoveChildAsync(BlockChild child);
}
