using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Queries;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Filters;

/// <summary>
/// copy-on-read: a filter over an overlay; what is read from the images below is written to the overlay. With a bottom, only
/// data of the images down to that one is.
/// </summary>
internal sealed class CopyOnReadDriver(BlockDriverDescriptor descriptor) : FilterDriver
{
    private const BlockPermissions Passed = BlockPermissions.ConsistentRead | BlockPermissions.Write | BlockPermissions.Resize;

    private BlockNode? _bottom;
    private FrozenChain? _chain;

    /// <summary>What the driver is.</summary>
    public static BlockDriverDescriptor Table { get; } = new()
    {
        Name = "copy-on-read",
        SchemaValue = BlockdevDriver.CopyOnRead,
        Make = static table => new CopyOnReadDriver(table),
        IsFilter = true,
        Children = FileChild,
        IsStrongOption = static _ => false,
    };

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => descriptor;

    /// <summary>A filter that nobody asked for is not shown in names.</summary>
    /// <inheritdoc/>
    public override string? ExactFilename => Node is { IsImplicit: true, FilteredChild: { } child } ? NodeFilename.Of(child.Node) : base.ExactFilename;

    /// <inheritdoc/>
    public override RequestFlags SupportedReadFlags => RequestFlags.Prefetch;

    /// <inheritdoc/>
    public override bool SupportsCompression => File.Node.Driver.SupportsCompression;

    /// <inheritdoc/>
    public override bool TakesCompressedWrites => true;

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(BlockOpenContext context)
    {
        var options = (BlockdevOptionsCor)context.Options.Branch!;
        await OpenFileAsync(context, options.File);
        if (options.Bottom is { } bottom)
        {
            _bottom = FindBottom(bottom);
            _chain = FrozenChain.Freeze(Node, _bottom);
            Node.Graph.Ref(_bottom);
        }
    }

    /// <inheritdoc/>
    public override ValueTask CloseAsync() => ReleaseChainAsync();

    /// <summary>Lets the images below be changed again, before the filter is taken out.</summary>
    /// <returns>A task that ends when they can be.</returns>
    public async ValueTask ReleaseChainAsync()
    {
        if (_chain is { } chain)
        {
            _chain = null;
            chain.Thaw();
            await Node.Graph.UnrefAsync(_bottom!);
        }
    }

    /// <inheritdoc/>
    public override ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags)
        => _bottom is null
            ? File.ReadAsync(offset, buffer, flags | RequestFlags.CopyOnRead)
            : ReadAboveAsync(_bottom, offset, buffer, flags);

    /// <inheritdoc/>
    public override ValueTask WriteCompressedAsync(long offset, ReadOnlyMemory<byte> buffer)
        => File.WriteAsync(offset, buffer, RequestFlags.WriteCompressed);

    /// <inheritdoc/>
    public override (BlockPermissions Used, BlockPermissions Shared) GetChildPermissions(
        BlockChild child, BlockPermissions needed, BlockPermissions shared)
        => ((needed & Passed) | (Node.IsActive ? BlockPermissions.WriteUnchanged : BlockPermissions.None), (shared & Passed) | (BlockPermissions.All & ~Passed));

    private BlockNode FindBottom(string name)
    {
        BlockNode node = Node.Graph.FindNode(name) ?? throw new QmpException($"Bottom node '{name}' not found");
        return node.Driver.Descriptor.IsFilter ? throw new QmpException($"Bottom node '{name}' is a filter") : node;
    }

    private async ValueTask ReadAboveAsync(BlockNode bottom, long offset, Memory<byte> buffer, RequestFlags flags)
    {
        while (buffer.Length > 0)
        {
            (bool isBelow, long bytes) = await IsToBeCopiedAsync(bottom, offset, buffer.Length);
            int piece = (int)Math.Min(bytes, buffer.Length);
            if (isBelow)
            {
                await File.ReadAsync(offset, buffer[..piece], flags | RequestFlags.CopyOnRead);
            }
            else if ((flags & RequestFlags.Prefetch) == 0)
            {
                await File.ReadAsync(offset, buffer[..piece], flags);
            }

            offset += piece;
            buffer = buffer[piece..];
        }
    }

    // Whether the start of an area is not in the overlay, but in an image from the next one down to the bottom; and how far that holds.
    private async ValueTask<(bool IsBelow, long Bytes)> IsToBeCopiedAsync(BlockNode bottom, long offset, long bytes)
    {
        (bool allocated, long run, _) = await File.Node.IsAllocatedAboveAsync(
            BackingChain.SkipFilters(File.Node), includeBelow: true, offset, bytes);
        run = run == 0 ? bytes : run;
        if (allocated || BackingChain.Next(File.Node) is not { } next || !BackingChain.Contains(next, bottom))
        {
            return (false, run);
        }

        (allocated, long runBelow, _) = await next.IsAllocatedAboveAsync(bottom, includeBelow: true, offset, run);
        return (allocated, runBelow == 0 ? run : Math.Min(run, runBelow));
    }
}
