using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Copy;

/// <summary>A disk in memory whose requests end when the test's scheduler says so, in an order of its choice.</summary>
internal sealed class MemoryDriver(BlockDriverDescriptor table, MemoryDriverDescriptor descriptor) : BlockDriver
{
    private MemoryDisk? _disk;

    public override BlockDriverDescriptor Descriptor => table;

    public override bool SupportsWriteZeroes => true;

    public override bool SupportsDiscard => true;

    public override RequestFlags SupportedWriteFlags => RequestFlags.WriteUnchanged | RequestFlags.Fua;

    public override RequestFlags SupportedZeroFlags => RequestFlags.WriteUnchanged | RequestFlags.MayUnmap | RequestFlags.NoFallback;

    private MemoryDisk Disk => _disk!;

    public override ValueTask OpenAsync(BlockOpenContext context)
    {
        _disk = descriptor.Disks[context.Options.NodeName!];
        return ValueTask.CompletedTask;
    }

    public override ValueTask<long> GetLengthAsync() => ValueTask.FromResult((long)Disk.Content.Length);

    public override BlockLimits RefreshLimits(BlockLimits inherited) => inherited with { RequestAlignment = 512 };

    // The contents are taken and put at moments that the scheduler chooses, half at the beginning and half at the end:
    // a request that overlaps another one is then torn, as on a real disk.
    public override async ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags)
    {
        Disk.Reads++;
        Check(isRead: true, offset, buffer.Length);
        int half = buffer.Length / 2;
        Disk.Content.AsSpan((int)offset, half).CopyTo(buffer.Span);
        await descriptor.StepAsync();
        Disk.Content.AsSpan((int)offset + half, buffer.Length - half).CopyTo(buffer.Span[half..]);
        await descriptor.StepAsync();
    }

    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        Disk.Writes++;
        Check(isRead: false, offset, buffer.Length);
        await descriptor.StepAsync();
        int half = buffer.Length / 2;
        buffer.Span[..half].CopyTo(Disk.Content.AsSpan((int)offset));
        await descriptor.StepAsync();
        buffer.Span[half..].CopyTo(Disk.Content.AsSpan((int)offset + half));
        await descriptor.StepAsync();
    }

    public override async ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags)
    {
        Disk.Writes++;
        Check(isRead: false, offset, bytes);
        await descriptor.StepAsync();
        Disk.Content.AsSpan((int)offset, (int)bytes).Clear();
        await descriptor.StepAsync();
    }

    public override async ValueTask DiscardAsync(long offset, long bytes)
    {
        Disk.Discards.Add((offset, bytes));
        await descriptor.StepAsync();
        Disk.Content.AsSpan((int)offset, (int)bytes).Fill(0xDD);
    }

    public override ValueTask<BlockStatus> GetBlockStatusAsync(bool wantZero, long offset, long bytes)
    {
        long end = Math.Min(offset + bytes, Disk.Content.Length);
        BlockStatusFlags flags = FlagsAt(offset, end);
        long run = 0;
        do
        {
            run += CopyHost.Cluster - ((offset + run) % CopyHost.Cluster);
        }
        while (offset + run < end && FlagsAt(offset + run, end) == flags);
        return ValueTask.FromResult(new BlockStatus(flags, Math.Min(run, bytes)));
    }

    private BlockStatusFlags FlagsAt(long offset, long end)
    {
        if (Disk.Allocated is { } map && !map[offset / CopyHost.Cluster])
        {
            return BlockStatusFlags.None;
        }

        long run = Math.Min(end - offset, CopyHost.Cluster - (offset % CopyHost.Cluster));
        bool zero = !Disk.Content.AsSpan((int)offset, (int)run).ContainsAnyExcept((byte)0);
        return BlockStatusFlags.Allocated | (zero ? BlockStatusFlags.Zero : BlockStatusFlags.Data);
    }

    private void Check(bool isRead, long offset, long bytes)
    {
        if (Disk.Fault?.Invoke(isRead, offset, bytes) is { } errno && errno != Errno.None)
        {
            throw new BlockIOException(errno);
        }
    }
}
