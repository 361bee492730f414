using System.Buffers.Binary;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Tables;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Vdi;

/// <summary>vdi: the format of VirtualBox.</summary>
internal sealed class VdiDriver(BlockDriverDescriptor descriptor) : BlockImageDriver
{
    private VdiHeader? _header;
    private MetadataPages? _pages;

    /// <summary>What the driver is.</summary>
    public static BlockDriverDescriptor Table { get; } = new()
    {
        Name = "vdi",
        ReopenOptions = [],
        SchemaValue = BlockdevDriver.Vdi,
        Make = static table => new VdiDriver(table),
        MakeBranch = static file => new BlockdevOptionsGenericFormat { File = file },
        Probe = static head => VdiHeader.Probe(head) ? 100 : 0,
        CreateImage = static (graph, options, _) => VdiCreator.CreateAsync(graph, (BlockdevCreateOptionsVdi)options.Branch!),
    };

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => descriptor;

    /// <inheritdoc/>
    protected override long BlockSize => VdiHeader.BlockSize;

    /// <inheritdoc/>
    protected override long DiskLength => (long)Header.DiskSize;

    /// <inheritdoc/>
    protected override BlockStatusFlags DataStatus
        => Header.Type == VdiHeader.StaticType ? BlockStatusFlags.Recurse : BlockStatusFlags.None;

    private VdiHeader Header => _header ?? throw new InvalidOperationException("The image is not open.");

    private MetadataPages Pages => _pages ?? throw new InvalidOperationException("The image is not open.");

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(BlockOpenContext context)
    {
        var options = (BlockdevOptionsGenericFormat)context.Options.Branch!;
        File = await context.OpenChildAsync(options.File, "file", ChildRole.Image);
        byte[] bytes = new byte[VdiHeader.Size];
        await File.ReadAsync(0, bytes);
        _header = VdiHeader.Read(bytes);
        _pages = new MetadataPages(File);
    }

    /// <inheritdoc/>
    public override ValueTask<BlockDriverInfo> GetInfoAsync()
        => ValueTask.FromResult(new BlockDriverInfo { ClusterSize = VdiHeader.BlockSize, SubclusterSize = VdiHeader.BlockSize });

    /// <inheritdoc/>
    protected override async ValueTask<long?> FindAsync(long block)
    {
        uint entry = await Pages.ReadUInt32LittleEndianAsync(EntryOffset(block));
        return entry < VdiHeader.Discarded ? PlaceOf(entry) : null;
    }

    /// <inheritdoc/>
    protected override async ValueTask AllocateAsync(long block, long offsetInBlock, ReadOnlyMemory<byte> data)
    {
        uint place = Header.AllocatedBlocks;
        if (place >= VdiHeader.Discarded)
        {
            throw new BlockIOException(Errno.ENOSPC);
        }

        byte[] whole = new byte[VdiHeader.BlockSize];
        data.CopyTo(whole.AsMemory((int)offsetInBlock));
        await File.WriteAsync(PlaceOf(place), whole);

        // First the count, then the entry: a crash between them loses a block's space, and never gives it away twice.
        byte[] count = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(count, place + 1);
        await Pages.WriteAsync(VdiHeader.AllocatedOffset, count);
        Header.AllocatedBlocks = place + 1;
        await Pages.WriteUInt32LittleEndianAsync(EntryOffset(block), place);
    }

    private long EntryOffset(long block) => Header.MapOffset + (block * sizeof(uint));

    private long PlaceOf(uint entry) => Header.DataOffset + (entry * VdiHeader.BlockSize);
}
