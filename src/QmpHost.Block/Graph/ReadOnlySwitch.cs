using QmpHost.Qapi;

namespace QmpHost.Block.Graph;

/// <summary>
/// Makes nodes writable or read-only while they are open, with the children that took the option over from them: as a
/// snapshot does with what it freezes, and a commit with what it writes to.
/// </summary>
/// <remarks>Used in main turns only.</remarks>
internal static class ReadOnlySwitch
{
    /// <summary>Changes a node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="readOnly">What it is to be.</param>
    /// <exception cref="QmpException">A user writes to it, or it cannot be written to; nothing has changed.</exception>
    public static ValueTask SetAsync(BlockNode node, bool readOnly)
        => node.ReadOnly == readOnly ? ValueTask.CompletedTask : node.Graph.SetReadOnlyAsync(node, readOnly);

    /// <summary>Changes a node if that can be done.</summary>
    /// <param name="node">The node.</param>
    /// <param name="readOnly">What it is to be.</param>
    public static async ValueTask TrySetAsync(BlockNode node, bool readOnly)
    {
        try
        {
            await SetAsync(node, readOnly);
        }
        catch (QmpException)
        {
            // Whoever writes to it has reasons; it stays as it is.
        }
    }
}
