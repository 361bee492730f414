using QmpHost.Block.Core;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

/// <summary>What an image must contain, as plain bytes.</summary>
internal sealed class DiskModel
{
    private readonly ImageConfig _config;

    public DiskModel(ImageConfig config)
    {
        _config = config;
        Bytes = new byte[config.Size];
        byte[] backing = config.NewBacking();
        backing.AsSpan(0, Math.Min(backing.Length, Bytes.Length)).CopyTo(Bytes);
    }

    public byte[] Bytes { get; private set; }

    public void Write(long offset, ReadOnlySpan<byte> data) => data.CopyTo(Bytes.AsSpan((int)offset));

    public void Zero(long offset, long length) => Bytes.AsSpan((int)offset, (int)length).Clear();

    /// <summary>A discard zeroes the clusters that it covers whole, except over a backing file without zero flags.</summary>
    public void Discard(long offset, long length)
    {
        if (_config.Version < 3 && _config.BackingSectors > 0)
        {
            return;
        }

        long mask = (1L << _config.ClusterBits) - 1;
        long start = (offset + mask) & ~mask;
        long end = offset + length == Bytes.Length ? Bytes.Length : (offset + length) & ~mask;
        if (start < end)
        {
            Zero(start, end - start);
        }
    }

    public void Resize(int length)
    {
        byte[] resized = new byte[length];
        Bytes.AsSpan(0, Math.Min(length, Bytes.Length)).CopyTo(resized);
        Bytes = resized;
    }

    /// <summary>Applies an operation of a property test to model and image.</summary>
    public async Task ApplyAsync(BlockBackend backend, ImageOperation operation)
    {
        (long offset, long length) = operation.Place(Bytes.Length, 1 << _config.ClusterBits);
        if (length == 0 && operation.Kind != OperationKind.Flush)
        {
            return;
        }

        byte[] data = operation.NewData((int)length);
        switch (operation.Kind)
        {
            case OperationKind.Write:
                Write(offset, data);
                await backend.WriteAsync(offset, data);
                break;
            case OperationKind.Zero:
                Zero(offset, length);
                await backend.WriteZeroesAsync(offset, length, operation.Seed % 2 == 0 ? RequestFlags.MayUnmap : RequestFlags.None);
                break;
            case OperationKind.Discard:
                Discard(offset, length);
                await backend.Child.DiscardAsync(offset, length);
                break;
            case OperationKind.Compress:
                await CompressAsync(backend, offset, data);
                break;
            case OperationKind.Read:
                byte[] expected = Bytes.AsSpan((int)offset, (int)length).ToArray();
                await backend.ReadAsync(offset, data);
                DiskAssert.Same(data, expected, offset);
                break;
            default:
                await backend.FlushAsync();
                break;
        }
    }

    private async Task CompressAsync(BlockBackend backend, long offset, byte[] data)
    {
        long start = offset & -(1L << _config.ClusterBits);
        data = [.. data, .. new byte[1 << _config.ClusterBits]];
        int length = (int)Math.Min(1 << _config.ClusterBits, Bytes.Length - start);
        try
        {
            await backend.Child.WriteAsync(start, data.AsMemory(0, length), RequestFlags.WriteCompressed);
            Write(start, data.AsSpan(0, length));
        }
        catch (BlockIOException e) when (e.Errno == Errno.EIO)
        {
            // The cluster holds something: nothing has changed.
        }
    }
}
