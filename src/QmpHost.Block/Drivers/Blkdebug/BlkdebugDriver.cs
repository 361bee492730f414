using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Filenames;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Blkdebug;

/// <summary>blkdebug: a filter that lets requests fail or wait on cue, and pretends limits.</summary>
internal sealed class BlkdebugDriver : BlockDriver, IDebugBreakpoints
{
    private const int SectorSize = 512;
    private const string Protocol = "blkdebug";

    private readonly BlockDriverDescriptor _descriptor;
    private readonly BlkdebugRules _rules;
    private BlkdebugLimits? _limits;
    private BlockdevOptionsBlkdebug? _options;
    private BlockChild? _image;

    public BlkdebugDriver(BlockDriverDescriptor descriptor)
    {
        _descriptor = descriptor;
        _rules = new BlkdebugRules(text => Node.Graph.Context.Report(ReportKind.Output, text));
    }

    /// <summary>What the driver is.</summary>
    public static BlockDriverDescriptor Table { get; } = new()
    {
        Name = "blkdebug",
        SchemaValue = BlockdevDriver.Blkdebug,
        Make = static table => new BlkdebugDriver(table),
        IsFilter = true,
        IsProtocol = true,
        Children = new Dictionary<string, ChildRole> { ["image"] = ChildRole.Filtered | ChildRole.Primary },
        ReopenOptions = [],
        Sizes = ["align", "max-transfer", "opt-write-zero", "max-write-zero", "opt-discard", "max-discard"],
        Protocols = [Protocol],
        FilenameParser = ParseFilename,
        IsStrongOption = static option => option is not ("take-child-perms" or "unshare-child-perms"),
    };

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => _descriptor;

    /// <inheritdoc/>
    public override RequestFlags SupportedWriteFlags => RequestFlags.WriteUnchanged | (Image.Node.Driver.SupportedWriteFlags & RequestFlags.Fua);

    /// <inheritdoc/>
    public override RequestFlags SupportedZeroFlags
        => RequestFlags.WriteUnchanged
            | (Image.Node.Driver.SupportedZeroFlags & (RequestFlags.Fua | RequestFlags.MayUnmap | RequestFlags.NoFallback));

    /// <inheritdoc/>
    public override bool SupportsWriteZeroes => true;

    /// <inheritdoc/>
    public override bool SupportsDiscard => true;

    /// <inheritdoc/>
    public override bool ObservesDebugEvents => true;

    /// <inheritdoc/>
    public override string? ExactFilename
        => HasOtherOptions || Image.Node.Driver.ExactFilename is not { } inner ? null : $"blkdebug:{_options!.Config}:{inner}";

    private BlockChild Image => _image ?? throw new InvalidOperationException("The image is not open.");

    // "blkdebug:[CONFIG]:IMAGE"
    private static BlockdevOptionsBlkdebug ParseFilename(BlockDriverRegistry drivers, string filename)
    {
        if (!filename.StartsWith(Protocol + ':', StringComparison.Ordinal))
        {
            // Without the prefix it is the image.
            return new BlockdevOptionsBlkdebug { Image = new BlockdevRef.Definition(FilenameOptions.Parse(drivers, filename, format: null).File) };
        }

        string rest = filename[(Protocol.Length + 1)..];
        int colon = rest.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            throw new QmpException("blkdebug requires both config file and image path");
        }

        return new BlockdevOptionsBlkdebug
        {
            Config = colon > 0 ? rest[..colon] : null,
            Image = new BlockdevRef.Definition(FilenameOptions.Parse(drivers, rest[(colon + 1)..], format: null).File),
        };
    }

    // A plain name can say the configuration file and the image, but nothing else.
    private bool HasOtherOptions => _options is not
    {
        Align: null, MaxTransfer: null, OptWriteZero: null, MaxWriteZero: null, OptDiscard: null, MaxDiscard: null,
        InjectError: null, SetState: null,
    };

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(BlockOpenContext context)
    {
        _options = (BlockdevOptionsBlkdebug)context.Options.Branch!;
        BlkdebugLimits.CheckSizes(Node, _options);
        AddRules(_options);
        await _rules.RaiseAsync(BlkdebugEvent.None);
        _image = await context.OpenChildAsync(_options.Image, "image");
        _limits = new BlkdebugLimits(_options);
        CheckLists(_options);
    }

    /// <inheritdoc/>
    public override ValueTask<long> GetLengthAsync() => ValueTask.FromResult(Image.Node.Length);

    /// <inheritdoc/>
    public override BlockLimits RefreshLimits(BlockLimits inherited) => _limits?.Apply(inherited) ?? inherited;

    /// <inheritdoc/>
    public override async ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags)
    {
        await FailAsync(BlkdebugIOType.Read, offset, buffer.Length);
        await Image.ReadAsync(offset, buffer, flags);
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        await FailAsync(BlkdebugIOType.Write, offset, buffer.Length);
        await Image.WriteAsync(offset, buffer, flags);
    }

    /// <inheritdoc/>
    public override async ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags)
    {
        // What does not fill the preferred size is refused, so that the fallback of the generic layer is put to the test.
        if (bytes < Math.Max(Node.Limits.RequestAlignment, Node.Limits.WriteZeroesAlignment))
        {
            throw new BlockIOException(Errno.ENOTSUP);
        }

        await FailAsync(BlkdebugIOType.WriteZeroes, offset, bytes);
        await Image.WriteZeroesAsync(offset, bytes, flags);
    }

    /// <inheritdoc/>
    public override async ValueTask DiscardAsync(long offset, long bytes)
    {
        if (bytes < Node.Limits.DiscardAlignment)
        {
            throw new BlockIOException(Errno.ENOTSUP);
        }

        await FailAsync(BlkdebugIOType.Discard, offset, bytes);
        await Image.DiscardAsync(offset, bytes);
    }

    /// <inheritdoc/>
    public override ValueTask FlushToDiskAsync() => FailAsync(BlkdebugIOType.Flush, 0, 0);

    /// <inheritdoc/>
    public override async ValueTask<BlockStatus> GetBlockStatusAsync(bool wantZero, long offset, long bytes)
    {
        await FailAsync(BlkdebugIOType.BlockStatus, offset, bytes);
        return await base.GetBlockStatusAsync(wantZero, offset, bytes);
    }

    /// <inheritdoc/>
    public override ValueTask OnDebugEventAsync(BlkdebugEvent debugEvent) => _rules.RaiseAsync(debugEvent);

    /// <inheritdoc/>
    public override (BlockPermissions Used, BlockPermissions Shared) GetChildPermissions(
        BlockChild child, BlockPermissions needed, BlockPermissions shared)
        => (needed | Permissions(_options?.TakeChildPerms), shared & ~Permissions(_options?.UnshareChildPerms));

    /// <inheritdoc/>
    public void SetBreakpoint(BlkdebugEvent debugEvent, string tag) => _rules.Add(new SuspendRule { Event = debugEvent, Tag = tag });

    /// <inheritdoc/>
    public bool RemoveBreakpoint(string tag) => _rules.RemoveBreakpoint(tag);

    /// <inheritdoc/>
    public bool Resume(string tag) => _rules.Resume(tag);

    /// <inheritdoc/>
    public ValueTask WaitSuspendedAsync(string tag) => _rules.WaitSuspendedAsync(tag);

    /// <inheritdoc/>
    public void LetGo() => _rules.LetGo();

    private static BlockPermissions Permissions(IReadOnlyList<BlockPermission>? list)
    {
        BlockPermissions all = BlockPermissions.None;
        foreach (BlockPermission permission in list ?? [])
        {
            all |= permission switch
            {
                BlockPermission.ConsistentRead => BlockPermissions.ConsistentRead,
                BlockPermission.Write => BlockPermissions.Write,
                BlockPermission.WriteUnchanged => BlockPermissions.WriteUnchanged,
                _ => BlockPermissions.Resize,
            };
        }

        return all;
    }

    private void AddRules(BlockdevOptionsBlkdebug options)
    {
        if (options.Config is { } path)
        {
            BlkdebugConfigFile.Read(path, Node.Graph.Context.Profile).ForEach(_rules.Add);
        }

        foreach (BlkdebugInjectErrorOptions rule in options.InjectError ?? [])
        {
            _rules.Add(new InjectErrorRule
            {
                Event = rule.Event,
                State = rule.State ?? 0,
                IoType = rule.Iotype,
                Error = (Errno)(int)(rule.Errno ?? (long)Errno.EIO),
                Offset = rule.Sector is { } sector && sector != -1 ? sector * SectorSize : -1,
                Once = rule.Once ?? false,
                Immediately = rule.Immediately ?? false,
                Delay = rule.DelayNs is > 0 and long nanoseconds ? TimeSpan.FromTicks(Math.Max(1, nanoseconds / TimeSpan.NanosecondsPerTick)) : TimeSpan.Zero,
            });
        }

        foreach (BlkdebugSetStateOptions rule in options.SetState ?? [])
        {
            _rules.Add(new SetStateRule { Event = rule.Event, State = rule.State ?? 0, NewState = rule.NewState });
        }
    }

    private ValueTask FailAsync(BlkdebugIOType type, long offset, long bytes)
    {
        Errno error = _rules.TakeError(type, offset, bytes, out bool immediately, out TimeSpan delay);
        if (delay > TimeSpan.Zero)
        {
            return DelayAsync(error, delay);
        }

        if (error == Errno.None)
        {
            return ValueTask.CompletedTask;
        }

        return immediately ? ValueTask.FromException(new BlockIOException(error)) : FailLaterAsync(error);
    }

    private async ValueTask DelayAsync(Errno error, TimeSpan delay)
    {
        await Task.Delay(delay, Node.Graph.Context.Clock);
        if (error != Errno.None)
        {
            throw new BlockIOException(error);
        }
    }

    private async ValueTask FailLaterAsync(Errno error)
    {
        await Node.Graph.Context.Loop.DeferAsync();
        throw new BlockIOException(error);
    }

    // QEMU takes lists apart into their items, finds nothing to take from an empty one, and then does not know it any more.
    private void CheckLists(BlockdevOptionsBlkdebug options)
    {
        IEnumerable<string> empty = new (string Name, int? Count)[]
            {
                ("inject-error", options.InjectError?.Count),
                ("set-state", options.SetState?.Count),
                ("take-child-perms", options.TakeChildPerms?.Count),
                ("unshare-child-perms", options.UnshareChildPerms?.Count),
            }
            .Where(static list => list.Count == 0).Select(static list => list.Name);
        if (empty.MinBy(static name => WireOrder.BucketOf(name)) is { } first)
        {
            throw new QmpException($"Block protocol '{Descriptor.Name}' doesn't support the option '{first}'");
        }
    }
}
