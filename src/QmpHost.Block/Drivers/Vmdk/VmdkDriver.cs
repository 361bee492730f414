using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Vmdk;

/// <summary>vmdk: the format of VMware, in one file or in several.</summary>
internal sealed class VmdkDriver(BlockDriverDescriptor descriptor) : BlockDriver
{
    private VmdkImage? _image;

    /// <summary>What the driver is.</summary>
    public static BlockDriverDescriptor Table { get; } = new()
    {
        Name = "vmdk",
        ReopenOptions = [],
        SchemaValue = BlockdevDriver.Vmdk,
        Make = static table => new VmdkDriver(table),
        LetsChildrenGo = true,
        SupportsBacking = true,
        MakeBranch = static file => new BlockdevOptionsGenericCOWFormat { File = file },
        Probe = static head => head.StartsWith(VmdkSparseHeader.Magic) || VmdkDescriptor.Probe(head) ? 100 : 0,
        CreateImage = static (graph, options, _) => VmdkCreator.CreateAsync(graph, (BlockdevCreateOptionsVmdk)options.Branch!),
    };

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => descriptor;

    /// <summary>The content id of the open image.</summary>
    internal uint ContentId => Image.ContentId;

    private VmdkImage Image => _image ?? throw new InvalidOperationException("The image is not open.");

    /// <inheritdoc/>
    public override bool SupportsWriteZeroes => true;

    /// <inheritdoc/>
    public override RequestFlags SupportedZeroFlags => RequestFlags.NoFallback;

    /// <inheritdoc/>
    public override bool SupportsCompression => true;

    /// <inheritdoc/>
    public override long ClusterSize => _image?.GrainBytes ?? 0;

    /// <inheritdoc/>
    public override string? BackingFilename => _image?.ParentName;

    /// <inheritdoc/>
    public override string? BackingFormat => _image?.ParentName is null ? null : "vmdk";

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(BlockOpenContext context)
    {
        _image = await VmdkOpener.OpenAsync(context);
        var options = (BlockdevOptionsGenericCOWFormat)context.Options.Branch!;
        await BackingOption.OpenAsync(context, options.Backing, _image.ParentName, "vmdk");
    }

    /// <inheritdoc/>
    public override ValueTask<long> GetLengthAsync() => ValueTask.FromResult(Image.Length);

    /// <inheritdoc/>
    public override BlockLimits RefreshLimits(BlockLimits inherited) => inherited with
    {
        WriteZeroesAlignment = Image.Extents.Select(static extent => extent.GrainBytes).Aggregate(0L, Alignment.MinNonZero),
    };

    /// <inheritdoc/>
    public override async ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags)
    {
        while (!buffer.IsEmpty)
        {
            (VmdkExtent extent, long start) = Image.FindExtent(offset);
            BlockStatus status = await extent.FindAsync(offset - start, buffer.Length);
            Memory<byte> part = buffer[..(int)Math.Min(buffer.Length, status.Bytes)];
            if ((status.Flags & BlockStatusFlags.Data) != 0)
            {
                await extent.ReadAsync(offset - start, part);
            }
            else if ((status.Flags & BlockStatusFlags.Zero) != 0)
            {
                part.Span.Clear();
            }
            else
            {
                await ReadBelowAsync(offset, part);
            }

            offset += part.Length;
            buffer = buffer[part.Length..];
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        while (!buffer.IsEmpty)
        {
            (VmdkExtent extent, long start) = Image.FindExtent(offset);
            ReadOnlyMemory<byte> part = buffer[..(int)Math.Min(buffer.Length, start + extent.Length - offset)];
            await extent.WriteAsync(offset - start, part, (inside, target) => ReadBelowAsync(start + inside, target));
            offset += part.Length;
            buffer = buffer[part.Length..];
        }

        await Image.NoteChangeAsync(Node.Graph.Context.Clock.GetUtcNow());
    }

    /// <inheritdoc/>
    public override async ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags)
    {
        while (bytes > 0)
        {
            (VmdkExtent extent, long start) = Image.FindExtent(offset);
            long part = Math.Min(bytes, start + extent.Length - offset);
            await extent.ZeroAsync(offset - start, part);
            offset += part;
            bytes -= part;
        }

        await Image.NoteChangeAsync(Node.Graph.Context.Clock.GetUtcNow());
    }

    /// <inheritdoc/>
    public override async ValueTask WriteCompressedAsync(long offset, ReadOnlyMemory<byte> buffer)
    {
        // Whether grains are compressed is a matter of the image, not of the request.
        if (!buffer.IsEmpty)
        {
            await WriteAsync(offset, buffer, RequestFlags.None);
            return;
        }

        if (Image.Extents is not [VmdkSparseExtent { IsCompressed: true } extent])
        {
            return;
        }

        try
        {
            await extent.FinishAsync();
        }
        catch (QmpException e)
        {
            throw new BlockIOException(Errno.EIO, e);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<BlockStatus> GetBlockStatusAsync(bool wantZero, long offset, long bytes)
    {
        (VmdkExtent extent, long start) = Image.FindExtent(offset);
        return await extent.FindAsync(offset - start, bytes);
    }

    /// <inheritdoc/>
    public override ValueTask<BlockDriverInfo> GetInfoAsync() => ValueTask.FromResult(new BlockDriverInfo
    {
        ClusterSize = Image.GrainBytes,
        SubclusterSize = Image.GrainBytes,
        FormatSpecific = new ImageInfoSpecific.Vmdk
        {
            Data = Image.Describe(),
        },
    });

    private ValueTask ReadBelowAsync(long offset, Memory<byte> target)
    {
        if (Node.Backing is not { } backing)
        {
            target.Span.Clear();
            return ValueTask.CompletedTask;
        }

        // An image that has changed since is not the one that this lies on.
        return backing.Node.Driver is VmdkDriver parent && !Image.AcceptsParent(parent.ContentId)
            ? throw new BlockIOException(Errno.EINVAL)
            : backing.ReadAsync(offset, target);
    }
}
