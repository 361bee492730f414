using System.IO.Pipelines;

namespace QmpHost.Protocol.Chardev;

/// <summary>A pair of pipes, as between two parties in one process.</summary>
/// <param name="pipe">The pipes, which are completed with the connection.</param>
public sealed class PipeConnection(IDuplexPipe pipe) : CharacterConnection
{
    /// <inheritdoc/>
    public override PipeReader Input => pipe.Input;

    /// <inheritdoc/>
    public override PipeWriter Output => pipe.Output;

    /// <inheritdoc/>
    protected override async ValueTask CloseAsync()
    {
        pipe.Output.CancelPendingFlush();
        pipe.Input.CancelPendingRead();
        await pipe.Output.CompleteAsync().ConfigureAwait(false);
    }
}
