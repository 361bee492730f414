namespace QmpHost.Protocol.Chardev;

/// <summary>Keeps what its front end says in memory.</summary>
public sealed class RingBufferDevice : CharacterDevice
{
    private CharacterConnection? _connection;

    /// <summary>Makes a device.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="size">How many bytes it keeps, a power of two.</param>
    public RingBufferDevice(string id, int size)
        : base(id)
    {
        Buffer = new RingBuffer(size);
        _connection = new StreamConnection(new SilentStream(), new Writer(Buffer));
    }

    /// <summary>What was said.</summary>
    public RingBuffer Buffer { get; }

    /// <inheritdoc/>
    public override Task OpenAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    /// <inheritdoc/>
    protected override ValueTask<CharacterConnection?> NextAsync(CancellationToken cancellationToken) =>
        new(Interlocked.Exchange(ref _connection, null));

    private sealed class Writer(RingBuffer buffer) : MemoryStream
    {
        public override void Write(byte[] bytes, int offset, int count) => buffer.Write(bytes.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> bytes) => buffer.Write(bytes);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
        {
            buffer.Write(bytes.Span);
            return default;
        }
    }
}
