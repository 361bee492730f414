using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>A driver that can hold requests back where they raise a debug event (blkdebug).</summary>
/// <remarks>Used on the host's event loop only.</remarks>
public interface IDebugBreakpoints
{
    /// <summary>Holds the next request back that raises an event.</summary>
    /// <param name="debugEvent">The event.</param>
    /// <param name="tag">The name by which the request is resumed.</param>
    void SetBreakpoint(BlkdebugEvent debugEvent, string tag);

    /// <summary>Removes breakpoints, and lets requests go on that are held back.</summary>
    /// <param name="tag">Their name.</param>
    /// <returns>False if there are none left that no request has met.</returns>
    bool RemoveBreakpoint(string tag);

    /// <summary>Lets one request go on.</summary>
    /// <param name="tag">The name of the breakpoint that holds it.</param>
    /// <returns>False if there is none.</returns>
    bool Resume(string tag);

    /// <summary>Waits until a request is held back.</summary>
    /// <param name="tag">The name of the breakpoint.</param>
    /// <returns>A task that ends when one is, or when all requests are let go.</returns>
    ValueTask WaitSuspendedAsync(string tag);

    /// <summary>Removes all breakpoints and lets all requests go on, so that nobody waits for ever at the end of a host.</summary>
    void LetGo();

    /// <summary>The breakpoints that concern a node: its own driver's, or those of the next one below that has any.</summary>
    /// <param name="node">Where to look first.</param>
    /// <returns>The breakpoints, or null.</returns>
    static IDebugBreakpoints? Find(BlockNode node)
    {
        for (BlockNode? current = node; current is not null; current = current.PrimaryChild?.Node)
        {
            if (current.Driver is IDebugBreakpoints breakpoints)
            {
                return breakpoints;
            }
        }

        return null;
    }
}
