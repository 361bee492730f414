using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Tables;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Queries;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Vpc;

/// <summary>vpc: the VHD format of Virtual PC, growing or of full size.</summary>
internal sealed class VhdDriver(BlockDriverDescriptor descriptor) : BlockImageDriver
{
    /// <summary>Bytes of a sector.</summary>
    public const int SectorSize = 512;

    private const uint Unallocated = 0xffffffff;
    private const ulong MaxSectors = 0xff000000;

    private VhdFooter? _footer;
    private VhdDynamicHeader? _header;
    private MetadataPages? _pages;
    private long _length;
    private long _freeOffset;

    /// <summary>What the driver is.</summary>
    public static BlockDriverDescriptor Table { get; } = new()
    {
        Name = "vpc",
        ReopenOptions = [],
        SchemaValue = BlockdevDriver.Vpc,
        Make = static table => new VhdDriver(table),
        MakeBranch = static file => new BlockdevOptionsGenericFormat { File = file },
        Probe = static head => head.StartsWith(VhdFooter.Magic) ? 100 : 0,
        CreateImage = static (graph, options, _) => VhdCreator.CreateAsync(graph, (BlockdevCreateOptionsVpc)options.Branch!),
    };

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => descriptor;

    /// <inheritdoc/>
    public override long ClusterSize => _header?.BlockSize ?? 0;

    /// <inheritdoc/>
    public override bool ProvidesInfo => true;

    // An image of full size is one block.
    /// <inheritdoc/>
    protected override long BlockSize => _header?.BlockSize ?? long.MaxValue;

    /// <inheritdoc/>
    protected override long DiskLength => _length;

    /// <inheritdoc/>
    protected override BlockStatusFlags DataStatus => _header is null ? BlockStatusFlags.Recurse : BlockStatusFlags.None;

    private VhdDynamicHeader Header => _header ?? throw new InvalidOperationException("The image has no table.");

    private MetadataPages Pages => _pages ?? throw new InvalidOperationException("The image is not open.");

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(BlockOpenContext context)
    {
        var options = (BlockdevOptionsGenericFormat)context.Options.Branch!;
        File = await context.OpenChildAsync(options.File, "file", ChildRole.Image);
        _footer = await ReadFooterAsync();
        if (!_footer.IsSound)
        {
            throw new QmpException("Incorrect header checksum");
        }

        ulong sectors = _footer.Sectors;
        if (sectors > MaxSectors)
        {
            throw new QmpException($"Could not open '{NodeFilename.Of(File.Node)}': {Errno.EFBIG.Describe()}");
        }

        _length = (long)sectors * SectorSize;
        _pages = new MetadataPages(File);
        if (!_footer.IsFixed)
        {
            _header = await ReadHeaderAsync(_footer, sectors);
            _freeOffset = await FindFreeOffsetAsync(_header);
            if (_freeOffset > File.Node.Length)
            {
                throw new QmpException("block-vpc: free_data_block_offset points after the end of file. The image has been truncated.");
            }
        }
    }

    /// <inheritdoc/>
    public override ValueTask<BlockDriverInfo> GetInfoAsync()
        => ValueTask.FromResult(new BlockDriverInfo { ClusterSize = ClusterSize, SubclusterSize = ClusterSize });

    /// <inheritdoc/>
    protected override async ValueTask<long?> FindAsync(long block)
    {
        if (_header is not { } header)
        {
            return 0;
        }

        uint sector = await Pages.ReadUInt32BigEndianAsync(header.TableOffset + (block * sizeof(uint)));
        return sector == Unallocated ? null : (sector * (long)SectorSize) + header.BitmapSize;
    }

    /// <inheritdoc/>
    protected override async ValueTask AllocateAsync(long block, long offsetInBlock, ReadOnlyMemory<byte> data)
    {
        long start = _freeOffset;
        long dataStart = start + Header.BitmapSize;
        long end = dataStart + Header.BlockSize;
        if (start / SectorSize >= Unallocated)
        {
            throw new BlockIOException(Errno.ENOSPC);
        }

        // The footer moves behind the new block, whose bitmap takes the old one's place; the entry comes when all is there.
        await File.WriteAsync(end, _footer!.Bytes);
        byte[] bitmap = new byte[Header.BitmapSize];
        bitmap.AsSpan().Fill(byte.MaxValue);
        await File.WriteAsync(start, bitmap);
        await File.WriteAsync(dataStart + offsetInBlock, data);
        _freeOffset = end;
        await Pages.WriteUInt32BigEndianAsync(Header.TableOffset + (block * sizeof(uint)), (uint)(start / SectorSize));
    }

    // A growing image begins with its footer; one of full size has it at the end only.
    private async ValueTask<VhdFooter> ReadFooterAsync()
    {
        byte[] bytes = new byte[VhdFooter.Size];
        await File.ReadAsync(0, bytes);
        if (VhdFooter.Read(bytes) is { } first)
        {
            return first;
        }

        if (File.Node.Length < VhdFooter.Size)
        {
            throw new QmpException("File too small for a VHD header");
        }

        await File.ReadAsync(File.Node.Length - VhdFooter.Size, bytes);
        return VhdFooter.Read(bytes) is { IsFixed: true } last ? last : throw new QmpException("invalid VPC image");
    }

    private async ValueTask<VhdDynamicHeader> ReadHeaderAsync(VhdFooter footer, ulong sectors)
    {
        if (footer.HeaderOffset > (ulong)BlockNode.MaxLength)
        {
            throw new QmpException("Error reading dynamic VHD header");
        }

        byte[] bytes = new byte[VhdDynamicHeader.Size];
        try
        {
            await File.ReadAsync((long)footer.HeaderOffset, bytes);
        }
        catch (BlockIOException e)
        {
            throw new QmpException("Error reading dynamic VHD header", e);
        }

        return VhdDynamicHeader.Read(bytes, sectors);
    }

    // Behind all blocks, and behind the table. What the table has behind the end of the file is zero, which is a place.
    private async ValueTask<long> FindFreeOffsetAsync(VhdDynamicHeader header)
    {
        long end = Alignment.Up(header.TableOffset + (header.Entries * (long)sizeof(uint)), SectorSize);
        for (int i = 0; i < header.Entries; i++)
        {
            long offset = header.TableOffset + (i * (long)sizeof(uint));
            uint sector = await ReadEntryAsync(offset);
            if (sector != Unallocated)
            {
                end = Math.Max(end, (sector * (long)SectorSize) + header.BitmapSize + header.BlockSize);
            }

            if (offset >= File.Node.Length)
            {
                break;
            }
        }

        return end;
    }

    private async ValueTask<uint> ReadEntryAsync(long offset)
    {
        try
        {
            return await Pages.ReadUInt32BigEndianAsync(offset);
        }
        catch (BlockIOException e)
        {
            throw new QmpException("Error reading pagetable", e);
        }
    }
}
