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
        await pipe.Input.CompleteAsync().ConfigureAwait(false);
        await pipe.Output.CompleteAsync().ConfigureAwait(false);
    }
}
