using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.Hosting;

/// <summary>The wish to end the host, which commands and signals express and the program obeys.</summary>
/// <remarks>May be used from any thread. The first request decides.</remarks>
public sealed class ShutdownRequest
{
    private readonly TaskCompletionSource<ShutdownCause> _requested = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends with the cause when the host is to end.</summary>
    public Task<ShutdownCause> Requested => _requested.Task;

    /// <summary>Asks for the end.</summary>
    /// <param name="cause">Why.</param>
    /// <returns>Whether this was the first request.</returns>
    public bool TryRequest(ShutdownCause cause) => _requested.TrySetResult(cause);
}
