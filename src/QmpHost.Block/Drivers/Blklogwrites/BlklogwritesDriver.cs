using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Filters;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Permissions;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Blklogwrites;

/// <summary>blklogwrites: a filter that writes down, in the order of their completion, all writes, flushes and discards.</summary>
internal sealed class BlklogwritesDriver(BlockDriverDescriptor descriptor) : FilterDriver
{
    private WriteLog? _log;

    /// <summary>What the driver is.</summary>
    public static BlockDriverDescriptor Table { get; } = new()
    {
        Name = "blklogwrites",
        SchemaValue = BlockdevDriver.Blklogwrites,
        Make = static table => new BlklogwritesDriver(table),
        IsFilter = true,
        Children = new Dictionary<string, ChildRole> { ["file"] = ChildRole.Filtered | ChildRole.Primary, ["log"] = ChildRole.Metadata },
        IsStrongOption = static option => option is "log-append" or "log-sector-size",
    };

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => descriptor;

    private WriteLog Log => _log ?? throw new InvalidOperationException("The node is not open.");

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(BlockOpenContext context)
    {
        var options = (BlockdevOptionsBlklogwrites)context.Options.Branch!;
        await OpenFileAsync(context, options.File);
        BlockChild log = await context.OpenChildAsync(options.Log, "log");
        _log = await WriteLog.OpenAsync(log, options);
    }

    /// <inheritdoc/>
    public override BlockLimits RefreshLimits(BlockLimits inherited) => inherited with { RequestAlignment = _log?.SectorSize ?? 1 };

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        await File.WriteAsync(offset, buffer, flags);
        await Log.WriteAsync(offset, buffer, FlagsOf(flags));
    }

    /// <inheritdoc/>
    public override async ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags)
    {
        await File.WriteZeroesAsync(offset, bytes, flags);
        await Log.WriteZeroesAsync(offset, bytes, FlagsOf(flags));
    }

    /// <inheritdoc/>
    public override async ValueTask DiscardAsync(long offset, long bytes)
    {
        await File.DiscardAsync(offset, bytes);
        await Log.NoteAsync(offset, bytes, WriteLogFlags.Discard);
    }

    /// <inheritdoc/>
    public override async ValueTask FlushToDiskAsync()
    {
        await File.FlushAsync();
        await Log.NoteAsync(0, 0, WriteLogFlags.Flush);
        await Log.FinishAsync();
    }

    /// <inheritdoc/>
    public override (BlockPermissions Used, BlockPermissions Shared) GetChildPermissions(
        BlockChild child, BlockPermissions needed, BlockPermissions shared)
        => child.Name == "log"
            ? ChildPermissionRules.Default(Node, child, BlockPermissions.None, BlockPermissions.All)
            : ChildPermissionRules.Default(Node, child, needed, shared);

    private static WriteLogFlags FlagsOf(RequestFlags flags) => (flags & RequestFlags.Fua) != 0 ? WriteLogFlags.Fua : WriteLogFlags.None;
}
