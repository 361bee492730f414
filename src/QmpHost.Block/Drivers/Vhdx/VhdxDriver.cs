using System.Buffers.Binary;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Tables;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Queries;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Vhdx;

/// <summary>vhdx: the format of Hyper-V.</summary>
/// <remarks>
/// A new block is complete in the file before its entry, eight bytes in one sector, points to it: the log, which the format has
/// for changes that belong together, is replayed but never needed.
/// </remarks>
internal sealed class VhdxDriver(BlockDriverDescriptor descriptor) : BlockImageDriver
{
    private VhdxHeaders? _headers;
    private VhdxMetadata? _metadata;
    private VhdxRegions? _regions;
    private MetadataPages? _pages;
    private long _end;

    /// <summary>What the driver is.</summary>
    public static BlockDriverDescriptor Table { get; } = new()
    {
        Name = "vhdx",
        ReopenOptions = [],
        SchemaValue = BlockdevDriver.Vhdx,
        Make = static table => new VhdxDriver(table),
        MakeBranch = static file => new BlockdevOptionsGenericFormat { File = file },
        Probe = static head => head.StartsWith(VhdxFormat.Magic) ? 100 : 0,
        CreateImage = static (graph, options, _) => VhdxCreator.CreateAsync(graph, (BlockdevCreateOptionsVhdx)options.Branch!),
    };

    /// <inheritdoc/>
    public override BlockLimits RefreshLimits(BlockLimits inherited) => inherited with { RequestAlignment = BlockNode.SectorSize };

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => descriptor;

    /// <inheritdoc/>
    protected override long BlockSize => Metadata.BlockSize;

    /// <inheritdoc/>
    protected override long DiskLength => Metadata.DiskSize;

    private VhdxMetadata Metadata => _metadata ?? throw new InvalidOperationException("The image is not open.");

    private VhdxRegions Regions => _regions ?? throw new InvalidOperationException("The image is not open.");

    private MetadataPages Pages => _pages ?? throw new InvalidOperationException("The image is not open.");

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(BlockOpenContext context)
    {
        var options = (BlockdevOptionsGenericFormat)context.Options.Branch!;
        File = await context.OpenChildAsync(options.File, "file", ChildRole.Image);
        try
        {
            await OpenImageAsync(context.ReadOnly);
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Could not open '{NodeFilename.Of(File.Node)}': {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        await _headers!.NoteWriteAsync();
        await base.WriteAsync(offset, buffer, flags);
    }

    /// <inheritdoc/>
    public override ValueTask<BlockStatus> GetBlockStatusAsync(bool wantZero, long offset, long bytes)
        => ValueTask.FromResult(new BlockStatus(BlockStatusFlags.Data, bytes));

    /// <inheritdoc/>
    public override ValueTask<BlockDriverInfo> GetInfoAsync()
        => ValueTask.FromResult(new BlockDriverInfo { ClusterSize = Metadata.BlockSize, SubclusterSize = Metadata.BlockSize });

    /// <inheritdoc/>
    protected override async ValueTask<long?> FindAsync(long block)
    {
        ulong entry = await Pages.ReadUInt64LittleEndianAsync(EntryOffset(block));
        return StateOf(entry) == VhdxFormat.PresentState ? PlaceOf(entry) : null;
    }

    /// <inheritdoc/>
    protected override async ValueTask AllocateAsync(long block, long offsetInBlock, ReadOnlyMemory<byte> data)
    {
        long place = Alignment.Up(_end, VhdxFormat.Megabyte);
        await MakeRoomAsync(place + Metadata.BlockSize);
        await File.WriteAsync(place + offsetInBlock, data);
        _end = place + Metadata.BlockSize;
        byte[] entry = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteInt64LittleEndian(entry, place | VhdxFormat.PresentState);
        await Pages.WriteAsync(EntryOffset(block), entry);
    }

    private static int StateOf(ulong entry) => (int)(entry & 7);

    private static long PlaceOf(ulong entry) => (long)(entry & ~((ulong)VhdxFormat.Megabyte - 1));

    private async ValueTask MakeRoomAsync(long length)
    {
        try
        {
            await File.TruncateAsync(length, zeroNew: true);
        }
        catch (QmpException e)
        {
            throw new BlockIOException(Errno.ENOSPC, e);
        }
    }

    private long EntryOffset(long block) => Regions.TableOffset + (VhdxFormat.EntryOf(block, Metadata.BlockSize) * sizeof(ulong));

    private async ValueTask OpenImageAsync(bool readOnly)
    {
        byte[] head = new byte[8];
        await File.ReadAsync(0, head);
        if (!head.AsSpan().SequenceEqual(VhdxFormat.Magic))
        {
            throw new BlockIOException(Errno.EINVAL);
        }

        _headers = await VhdxHeaders.ReadAsync(File);
        await VhdxLog.ReplayAsync(File, _headers, readOnly, NodeFilename.Of(File.Node));
        byte[] regions = new byte[VhdxFormat.TableSize];
        await File.ReadAsync(VhdxFormat.RegionOffset, regions);
        _regions = VhdxRegions.Read(regions);
        _metadata = await ReadMetadataAsync(_regions);
        if (VhdxFormat.Entries(_metadata.DiskSize, _metadata.BlockSize) * sizeof(ulong) > _regions.TableLength)
        {
            throw new BlockIOException(Errno.EINVAL);
        }

        _pages = new MetadataPages(File);
        _end = Math.Max(File.Node.Length, _regions.MetadataOffset + _regions.MetadataLength);
        await CheckEntriesAsync();
    }

    private async ValueTask<VhdxMetadata> ReadMetadataAsync(VhdxRegions regions)
    {
        byte[] table = new byte[VhdxFormat.TableSize];
        await File.ReadAsync(regions.MetadataOffset, table);
        uint[] items = VhdxMetadata.FindItems(table);
        byte[] parameters = await ReadItemAsync(regions, items[0]);
        byte[] size = await ReadItemAsync(regions, items[1]);
        byte[] sectorSize = await ReadItemAsync(regions, items[2]);
        return VhdxMetadata.Read(
            BinaryPrimitives.ReadUInt32LittleEndian(parameters),
            BinaryPrimitives.ReadUInt32LittleEndian(parameters.AsSpan(4)),
            BinaryPrimitives.ReadUInt64LittleEndian(size),
            BinaryPrimitives.ReadUInt32LittleEndian(sectorSize));
    }

    private async ValueTask<byte[]> ReadItemAsync(VhdxRegions regions, uint offset)
    {
        byte[] value = new byte[sizeof(ulong)];
        await File.ReadAsync(regions.MetadataOffset + offset, value);
        return value;
    }

    // A block behind the end of the file, or where the tables lie, is never right.
    private async ValueTask CheckEntriesAsync()
    {
        long blocks = (Metadata.DiskSize + Metadata.BlockSize - 1) / Metadata.BlockSize;
        for (long block = 0; block < blocks && EntryOffset(block) < File.Node.Length; block++)
        {
            ulong entry = await Pages.ReadUInt64LittleEndianAsync(EntryOffset(block));
            if (StateOf(entry) != VhdxFormat.PresentState)
            {
                continue;
            }

            long place = PlaceOf(entry);
            long end = Math.Min(Metadata.BlockSize, Metadata.DiskSize - (block * Metadata.BlockSize));
            string? fault = place < 0 || place >= File.Node.Length ? $"start offset {(ulong)place} points after end of file ({File.Node.Length})"
                : place + end > File.Node.Length ? $"end offset {place + end - 1} points after end of file ({File.Node.Length})"
                : null;
            if (fault is not null)
            {
                Node.Graph.Context.Report(
                    ReportKind.Failure,
                    $"VHDX BAT entry {VhdxFormat.EntryOf(block, Metadata.BlockSize)} {fault}. Image has probably been truncated.");
                throw new BlockIOException(Errno.EINVAL);
            }

            if (place < VhdxFormat.Megabyte || Overlaps(place, Regions.TableOffset, Regions.TableLength)
                || Overlaps(place, Regions.MetadataOffset, Regions.MetadataLength))
            {
                throw new BlockIOException(Errno.EINVAL);
            }
        }
    }

    private bool Overlaps(long place, long offset, long length) => place < offset + length && offset < place + Metadata.BlockSize;
}
