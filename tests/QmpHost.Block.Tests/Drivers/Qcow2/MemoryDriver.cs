using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Tests.Drivers.Qcow2.PowerLoss;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

internal sealed class MemoryDriver(BlockDriverDescriptor table, MemoryDriverDescriptor descriptor) : BlockDriver
{
    private MemoryDisk? _disk;
    private string? _name;

    private MemoryDisk Disk => _disk ?? throw new BlockIOException(Errno.ENOMEDIUM);

    public override BlockDriverDescriptor Descriptor => table;

    public override string? ExactFilename => _name;

    public override bool SupportsWriteZeroes => true;

    public override bool SupportsDiscard => true;

    public override RequestFlags SupportedZeroFlags => RequestFlags.MayUnmap | RequestFlags.NoFallback;

    public override ValueTask OpenAsync(BlockOpenContext context)
    {
        string name = _name = ((BlockdevOptionsFile)context.Options.Branch!).Filename;
        _disk = descriptor.Disks.TryGetValue(name, out MemoryDisk? disk)
            ? disk
            : throw new QmpException($"Could not open '{name}': No such file or directory");
        return ValueTask.CompletedTask;
    }

    public override ValueTask<long> GetLengthAsync() => ValueTask.FromResult(Disk.Length);

    public override async ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags)
    {
        await InterfereAsync(isWrite: false);
        Disk.Read(offset, buffer.Span);
    }

    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
        => ChangeAsync(new DiskOperation(offset, Disk.Journal is null ? null : buffer.ToArray()), disk => disk.Write(offset, buffer.Span));

    public override ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags)
        => ChangeAsync(new DiskOperation(offset, new byte[bytes]), disk => disk.Write(offset, new byte[bytes]));

    public override ValueTask CopyRangeFromAsync(long offset, long bytes, CopyRangeTarget target)
        => target.CopyAsync(new CopyRangeSource(Node, offset), bytes);

    public override async ValueTask CopyRangeToAsync(CopyRangeSource source, long offset, long bytes, RequestFlags flags)
    {
        await InterfereAsync(isWrite: true);
        byte[] copied = new byte[bytes];
        ((MemoryDriver)source.Node.Driver).Disk.Read(source.Offset, copied);
        Disk.Write(offset, copied);
    }

    public override ValueTask DiscardAsync(long offset, long bytes)
    {
        byte[] garbage = new byte[Math.Max(0, Math.Min(offset + bytes, Disk.Length) - offset)];
        garbage.AsSpan().Fill(Disk.DiscardFill);
        return ChangeAsync(new DiskOperation(offset, garbage), disk =>
        {
            // Another request may have made the file shorter meanwhile.
            if (offset + garbage.Length <= disk.Length)
            {
                disk.Write(offset, garbage);
            }
        });
    }

    public override ValueTask FlushToDiskAsync()
        => ChangeAsync(DiskOperation.Flush, static disk => disk.Log?.Add(DiskOperation.Flush));

    public override ValueTask TruncateAsync(long length, bool exact, PreallocMode preallocation, bool zeroNew)
        => ChangeAsync(DiskOperation.Resize(length), disk => disk.Resize(length), interferes: false);

    public override bool ObservesDebugEvents => _disk?.Events is not null;

    public override ValueTask OnDebugEventAsync(BlkdebugEvent debugEvent)
    {
        Disk.Events?.Add(debugEvent.ToWire());
        return ValueTask.CompletedTask;
    }

    private async ValueTask ChangeAsync(DiskOperation operation, Action<MemoryDisk> carryOut, bool interferes = true)
    {
        JournalEntry? entry = Disk.Journal?.Begin(Disk, operation);
        if (interferes)
        {
            await InterfereAsync(isWrite: true);
        }

        carryOut(Disk);
        if (entry is not null)
        {
            Disk.Journal!.End(entry);
        }
    }

    private ValueTask InterfereAsync(bool isWrite) => Disk.Interfere?.Invoke(isWrite) ?? ValueTask.CompletedTask;
}
