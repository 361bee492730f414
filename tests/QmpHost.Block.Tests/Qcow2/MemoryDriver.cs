using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Qcow2;

internal sealed class MemoryDriver(MemoryDriverDescriptor descriptor) : BlockDriver
{
    private MemoryDisk _disk = null!;

    public override BlockDriverDescriptor Descriptor => descriptor;

    public override bool SupportsWriteZeroes => true;

    public override bool SupportsDiscard => true;

    public override RequestFlags SupportedZeroFlags => RequestFlags.MayUnmap | RequestFlags.NoFallback;

    public override ValueTask OpenAsync(BlockOpenContext context)
    {
        string name = ((BlockdevOptionsFile)context.Options.Branch!).Filename;
        _disk = descriptor.Disks.TryGetValue(name, out MemoryDisk? disk)
            ? disk
            : throw new QmpException($"Could not open '{name}': No such file or directory");
        return ValueTask.CompletedTask;
    }

    public override ValueTask<long> GetLengthAsync() => ValueTask.FromResult(_disk.Length);

    public override async ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags)
    {
        await InterfereAsync(isWrite: false);
        _disk.Read(offset, buffer.Span);
    }

    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        await InterfereAsync(isWrite: true);
        _disk.Write(offset, buffer.Span);
    }

    public override async ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags)
    {
        await InterfereAsync(isWrite: true);
        _disk.Write(offset, new byte[bytes]);
    }

    public override async ValueTask DiscardAsync(long offset, long bytes)
    {
        await InterfereAsync(isWrite: true);
        long end = Math.Min(offset + bytes, _disk.Length);
        if (offset < end)
        {
            byte[] garbage = new byte[end - offset];
            garbage.AsSpan().Fill(_disk.DiscardFill);
            _disk.Write(offset, garbage);
        }
    }

    public override async ValueTask FlushToDiskAsync()
    {
        await InterfereAsync(isWrite: true);
        _disk.Log?.Add(DiskOperation.Flush);
    }

    public override ValueTask TruncateAsync(long length, bool exact, PreallocMode preallocation, bool zeroNew)
    {
        _disk.Resize(length);
        return ValueTask.CompletedTask;
    }

    private ValueTask InterfereAsync(bool isWrite) => _disk.Interfere?.Invoke(isWrite) ?? ValueTask.CompletedTask;
}
