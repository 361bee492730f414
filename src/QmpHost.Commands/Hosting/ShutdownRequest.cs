using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.Hosting;

/// <summary>The wish to end the host, which commands and signals express and the program obeys.</summary>
/// <remarks>May be used from any thread. The first request decides.</remarks>
public sealed class ShutdownRequest
{
    private readonly TaskCompletionSource<ShutdownCause> _requested = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends with the cause when the host is to end.</summary>
    public Task<ShutdownCause> Requested => _requested.Task;

    /// <summary>The status that the program ends with.</summary>
    public int ExitStatus { get; private set; }

    /// <summary>Asks for the end of a host that cannot go on: nobody is told but whoever runs the program.</summary>
    public void Fail()
    {
        ExitStatus = 1;
        TryRequest(ShutdownCause.HostError);
    }

    /// <summary>Asks for the end.</summary>
    /// <param name="cause">Why.</param>
    /// <returns>Whether this was the first request.</returns>
    public bool TryRequest(ShutdownCause cause) => _requested.TrySetResult(cause);
}
