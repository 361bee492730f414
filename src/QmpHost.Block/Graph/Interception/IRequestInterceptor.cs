using QmpHost.Block.Core;

namespace QmpHost.Block.Graph.Interception;

/// <summary>
/// Stands between the generic layer and the drivers of all nodes of a graph, for tests: sees every request, holds it back, lets
/// it fail. It costs nothing while there is none.
/// </summary>
/// <remarks>
/// Used on the host's event loop only. Requests that are held back count as under way: a drained section waits for them. While a
/// graph has an interceptor, no data is copied by the system without passing through the process.
/// </remarks>
public interface IRequestInterceptor
{
    /// <summary>A request is about to reach a driver.</summary>
    /// <param name="request">The request.</param>
    /// <returns>What becomes of it, once it may go on.</returns>
    ValueTask<RequestVerdict> BeforeAsync(NodeRequest request);

    /// <summary>A request has ended.</summary>
    /// <param name="request">The request.</param>
    /// <param name="outcome">Its error, or none.</param>
    void Ended(NodeRequest request, Errno outcome);

    /// <summary>Lets everything go on that is held back, since the host is about to end.</summary>
    void LetGo();
}
