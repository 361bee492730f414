using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Reopen;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Throttle;

/// <summary>throttle: a filter whose requests wait for the limits of a group.</summary>
internal sealed class ThrottleDriver(BlockDriverDescriptor descriptor, ThrottleGroups groups) : BlockDriver
{
    private BlockChild? _file;
    private ThrottleGroupMember? _member;

    /// <summary>What the driver is.</summary>
    /// <param name="groups">The groups that nodes can join.</param>
    public static BlockDriverDescriptor Table(ThrottleGroups groups) => new()
    {
        Name = "throttle",
        SchemaValue = BlockdevDriver.Throttle,
        Make = table => new ThrottleDriver(table, groups),
        IsFilter = true,
        ReopenOptions = [],
        ReopenExceptions = new Dictionary<string, OptionChange> { ["throttle-group"] = OptionChange.Changeable },
        Children = new Dictionary<string, ChildRole> { ["file"] = ChildRole.Filtered | ChildRole.Primary },
    };

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => descriptor;

    /// <inheritdoc/>
    public override RequestFlags SupportedWriteFlags => RequestFlags.WriteUnchanged | File.Node.Driver.SupportedWriteFlags;

    /// <inheritdoc/>
    public override RequestFlags SupportedZeroFlags => RequestFlags.WriteUnchanged | File.Node.Driver.SupportedZeroFlags;

    /// <inheritdoc/>
    public override bool SupportsWriteZeroes => true;

    /// <inheritdoc/>
    public override bool SupportsDiscard => true;

    /// <inheritdoc/>
    public override bool SupportsCompression => File.Node.Driver.SupportsCompression;

    /// <inheritdoc/>
    public override bool TakesCompressedWrites => true;

    private BlockChild File => _file ?? throw new InvalidOperationException("The image is not open.");

    private ThrottleGroupMember Member => _member ?? throw new InvalidOperationException("The node is in no group.");

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(BlockOpenContext context)
    {
        var options = (BlockdevOptionsThrottle)context.Options.Branch!;
        _file = await context.OpenChildAsync(options.File, "file");
        _member = Find(options.ThrottleGroup).Join();
    }

    /// <inheritdoc/>
    public override ValueTask<BlockReopen> PrepareReopenAsync(BlockReopenContext context)
    {
        if (context.Options.Branch is not BlockdevOptionsThrottle options)
        {
            return ValueTask.FromResult(BlockReopen.None);
        }

        ThrottleGroup group = Find(options.ThrottleGroup);
        return ValueTask.FromResult(BlockReopen.Of(() => ChangeGroup(group)));
    }

    /// <inheritdoc/>
    public override ValueTask CloseAsync()
    {
        _member?.Group.Leave(_member);
        _member = null;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask<long> GetLengthAsync() => ValueTask.FromResult(File.Node.Length);

    /// <inheritdoc/>
    public override async ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags)
    {
        await Member.PassAsync(ThrottleDirection.Read, buffer.Length);
        await File.ReadAsync(offset, buffer, flags);
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        await Member.PassAsync(ThrottleDirection.Write, buffer.Length);
        await File.WriteAsync(offset, buffer, flags);
    }

    /// <inheritdoc/>
    public override async ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags)
    {
        await Member.PassAsync(ThrottleDirection.Write, bytes);
        await File.WriteZeroesAsync(offset, bytes, flags);
    }

    /// <inheritdoc/>
    public override async ValueTask WriteCompressedAsync(long offset, ReadOnlyMemory<byte> buffer)
    {
        await Member.PassAsync(ThrottleDirection.Write, buffer.Length);
        await File.WriteAsync(offset, buffer, RequestFlags.WriteCompressed);
    }

    /// <inheritdoc/>
    public override async ValueTask DiscardAsync(long offset, long bytes)
    {
        await Member.PassAsync(ThrottleDirection.Write, bytes);
        await File.DiscardAsync(offset, bytes);
    }

    /// <inheritdoc/>
    public override void OnDrainBegin() => _member?.Disable();

    /// <inheritdoc/>
    public override void OnDrainEnd() => _member?.Enable();

    private ThrottleGroup Find(string name)
        => groups.Find(name) ?? throw new QmpException($"Throttle group '{name}' does not exist");

    private void ChangeGroup(ThrottleGroup group)
    {
        if (group != Member.Group)
        {
            // The node is drained: nobody waits in the old group, and nobody is held back by the new one yet.
            Member.Group.Leave(Member);
            _member = group.Join();
            _member.Disable();
        }
    }
}
