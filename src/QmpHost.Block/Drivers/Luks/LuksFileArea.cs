using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi;

namespace QmpHost.Block.Drivers.Luks;

/// <summary>A header within the file of an image.</summary>
/// <param name="file">The file.</param>
/// <param name="start">Where the header begins, in bytes.</param>
/// <param name="length">How many bytes it may take.</param>
internal sealed class LuksFileArea(BlockChild file, long start, long length) : ILuksArea
{
    /// <inheritdoc/>
    public async ValueTask ReadAsync(long offset, Memory<byte> buffer)
    {
        CheckRange(offset, buffer.Length);
        try
        {
            await file.ReadAsync(start + offset, buffer);
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Could not read encryption header: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer)
    {
        CheckRange(offset, buffer.Length);
        try
        {
            await file.WriteAsync(start + offset, buffer);
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Could not write encryption header: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public ValueTask FlushAsync() => file.FlushAsync();

    private void CheckRange(long offset, int bytes)
    {
        if (offset + bytes > length)
        {
            throw new QmpException("Request for data outside of extension header");
        }
    }
}
