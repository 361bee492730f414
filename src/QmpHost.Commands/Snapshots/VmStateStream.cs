using QmpHost.Block.Core;
using QmpHost.Block.Graph.Snapshots;
using QmpHost.Net.Transports;

namespace QmpHost.Commands.Snapshots;

/// <summary>The state of a machine that an image keeps, read from its beginning. What cannot be read is its end.</summary>
/// <param name="image">The image.</param>
/// <param name="length">How long the state is, in bytes, as the image says.</param>
internal sealed class VmStateStream(IInternalSnapshots image, long length) : ConnectionStream
{
    private long _position;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = (int)Math.Min(buffer.Length, length - _position);
        try
        {
            await image.ReadVmStateAsync(_position, buffer[..count]);
        }
        catch (BlockIOException)
        {
            // Whoever reads then misses something, which is what the emulator tells as well.
            return 0;
        }

        _position += count;
        return count;
    }
}
