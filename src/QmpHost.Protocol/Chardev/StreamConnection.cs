using System.IO.Pipelines;

namespace QmpHost.Protocol.Chardev;

/// <summary>A pair of streams, or one stream for both directions.</summary>
public sealed class StreamConnection : CharacterConnection
{
    private readonly Stream _input;
    private readonly Stream _output;

    /// <summary>Takes a stream over.</summary>
    /// <param name="stream">The stream, which is closed with the connection.</param>
    /// <param name="reading">How it is read; null for the usual way.</param>
    public StreamConnection(Stream stream, StreamPipeReaderOptions? reading = null)
        : this(stream, stream, reading: reading)
    {
    }

    /// <summary>Takes two streams over.</summary>
    /// <param name="input">The stream to read from; closed with the connection, or left alone when that outlives it.</param>
    /// <param name="output">The stream to write to; closed with the connection.</param>
    /// <param name="outlivesInput">Whether the connection goes on when the input ends.</param>
    /// <param name="reading">How the input is read; null for the usual way.</param>
    public StreamConnection(Stream input, Stream output, bool outlivesInput = false, StreamPipeReaderOptions? reading = null)
    {
        OutlivesInput = outlivesInput;
        _input = outlivesInput ? new AbandonableInput(input) : input;
        _output = output;
        Input = PipeReader.Create(_input, reading);
        Output = PipeWriter.Create(output);
    }

    /// <inheritdoc/>
    public override PipeReader Input { get; }

    /// <inheritdoc/>
    public override PipeWriter Output { get; }

    /// <inheritdoc/>
    public override bool OutlivesInput { get; }

    /// <inheritdoc/>
    protected override async ValueTask CloseAsync()
    {
        await _input.DisposeAsync().ConfigureAwait(false);
        await _output.DisposeAsync().ConfigureAwait(false);
    }
}
