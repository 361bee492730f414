using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Quorum;

/// <summary>quorum: the same data in several children; reads let them vote, or take the first that can be read.</summary>
internal sealed class QuorumDriver(BlockDriverDescriptor descriptor) : BlockDriver, IChildCollection
{
    private readonly List<BlockChild> _children = [];
    private QuorumReports? _reports;
    private int _threshold;
    private int _nextIndex;
    private bool _isBlkverify;
    private bool _rewrites;
    private bool _isFifo;

    /// <summary>What the driver is.</summary>
    public static BlockDriverDescriptor Table { get; } = new()
    {
        Name = "quorum",
        TranslateOptions = CheckChildren,
        SchemaValue = BlockdevDriver.Quorum,
        Make = static table => new QuorumDriver(table),
        ChildListOption = "children",
    };

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => descriptor;

    /// <inheritdoc/>
    public override bool SupportsWriteZeroes => true;

    /// <inheritdoc/>
    public override RequestFlags SupportedWriteFlags
        => RequestFlags.WriteUnchanged | Common(static driver => driver.SupportedWriteFlags & RequestFlags.Fua);

    /// <inheritdoc/>
    public override RequestFlags SupportedZeroFlags => RequestFlags.WriteUnchanged
        | Common(static driver => driver.SupportedZeroFlags & (RequestFlags.Fua | RequestFlags.MayUnmap | RequestFlags.NoFallback));

    /// <inheritdoc/>
    public override bool ProvidesInfo => false;

    /// <inheritdoc/>
    public override bool FlushesChildren => true;

    private static void CheckChildren(QDict options)
    {
        if (!options.TryGetValue("children", out QObject? children))
        {
            throw new QmpException("Number of provided children must be 1 or more");
        }

        if (children is not QList)
        {
            throw new QmpException("Option children is not a valid array");
        }
    }

    private QuorumReports Reports => _reports ?? throw new InvalidOperationException("The node is not open.");

    // Options that are refused are refused before there are children.
    /// <inheritdoc/>
    public override bool LetsChildrenGo => _reports is not null;

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(BlockOpenContext context)
    {
        var options = (BlockdevOptionsQuorum)context.Options.Branch!;
        _threshold = Check(options);
        _reports = new QuorumReports(Node);
        _isFifo = options.ReadPattern == QuorumReadPattern.Fifo;
        _isBlkverify = !_isFifo && options.Blkverify == true;
        _rewrites = !_isFifo && options.RewriteCorrupted == true;
        foreach (BlockdevRef child in options.Children)
        {
            _children.Add(await context.OpenChildAsync(child, NextName(), ChildRole.Data));
            _nextIndex++;
        }
    }

    /// <inheritdoc/>
    public override ValueTask<long> GetLengthAsync()
    {
        long length = _children[0].Node.Length;
        return _children.TrueForAll(child => child.Node.Length == length)
            ? ValueTask.FromResult(length)
            : throw new BlockIOException(Errno.EIO);
    }

    /// <inheritdoc/>
    public override ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags)
        => _isFifo ? ReadFirstAsync(offset, buffer, flags) : ReadVotedAsync(offset, buffer, flags);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
        => ChangeAsync(offset, buffer.Length, child => child.WriteAsync(offset, buffer, flags));

    /// <inheritdoc/>
    public override ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags)
        => ChangeAsync(offset, bytes, child => child.WriteZeroesAsync(offset, bytes, flags));

    /// <inheritdoc/>
    public override async ValueTask FlushToDiskAsync()
    {
        Errno[] errors = await OnAllAsync(static child => child.FlushAsync());
        for (int i = 0; i < errors.Length; i++)
        {
            Reports.Bad(QuorumOpType.Flush, 0, 0, _children[i].Node, errors[i]);
        }

        if (errors.Count(static error => error == 0) < _threshold)
        {
            throw new BlockIOException(QuorumVote.OfErrors(errors));
        }
    }

    /// <summary>Zero where all children say so; data where one has some, or cannot be asked.</summary>
    /// <param name="wantZero">Whether finding zeroes is worth effort.</param>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">How far to look, in bytes.</param>
    /// <returns>The state.</returns>
    public override async ValueTask<BlockStatus> GetBlockStatusAsync(bool wantZero, long offset, long bytes)
    {
        long zero = bytes;
        long data = 0;
        foreach (BlockChild child in _children.ToArray())
        {
            try
            {
                (BlockStatus status, _) = await child.Node.GetBlockStatusAboveAsync(null, wantZero, offset, bytes);
                if ((status.Flags & BlockStatusFlags.Zero) != 0)
                {
                    zero = Math.Min(zero, status.Bytes);
                    continue;
                }

                data = Math.Max(data, status.Bytes);
            }
            catch (BlockIOException e)
            {
                Reports.Bad(QuorumOpType.Read, offset, bytes, child.Node, e.Errno);
                data = bytes;
            }
        }

        return data > 0
            ? new BlockStatus(BlockStatusFlags.Data | BlockStatusFlags.Allocated, data)
            : new BlockStatus(BlockStatusFlags.Zero | BlockStatusFlags.Allocated, zero);
    }

    /// <inheritdoc/>
    public override (BlockPermissions Used, BlockPermissions Shared) GetChildPermissions(
        BlockChild child, BlockPermissions needed, BlockPermissions shared)
    {
        BlockPermissions used = needed & (BlockPermissions.ConsistentRead | BlockPermissions.Write | BlockPermissions.WriteUnchanged | BlockPermissions.Resize);
        if (_rewrites)
        {
            used |= BlockPermissions.Write;
        }

        // What changes behind the quorum's back would make its children differ.
        return (used, (shared & BlockPermissions.ConsistentRead) | BlockPermissions.WriteUnchanged);
    }

    /// <inheritdoc/>
    public void AddChild(BlockNode node)
    {
        if (_isBlkverify)
        {
            throw new QmpException("Cannot add a child to a quorum in blkverify mode");
        }

        _children.Add(Node.Graph.Attach(Node, node, NextName(), ChildRole.Data, BlockPermissions.None, BlockPermissions.All));
        _nextIndex++;
    }

    /// <inheritdoc/>
    public override ValueTask CloseAsync()
    {
        if (Node.IsOpen)
        {
            // It lets its children go before the generic code does.
            Node.Graph.ChangeDrain.Pulse();
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask RemoveChildAsync(BlockChild child)
    {
        if (_children.Count <= _threshold)
        {
            throw new QmpException($"The number of children cannot be lower than the vote threshold {_threshold}");
        }

        _children.Remove(child);
        if (child.Name == $"children.{_nextIndex - 1}")
        {
            // The number of the latest child is free again.
            _nextIndex--;
        }

        await Node.Graph.DetachAsync(child);
        Node.Graph.RefreshPermissions(Node);
    }

    // Gives how many votes are needed.
    private static int Check(BlockdevOptionsQuorum options)
    {
        int count = options.Children.Count;
        if (count == 0)
        {
            throw new QmpException("Number of provided children must be 1 or more");
        }

        // QEMU counts votes in 32 bits.
        int threshold = unchecked((int)options.VoteThreshold);
        if (threshold < 1)
        {
            throw new QmpException("Parameter 'vote-threshold' expects a value >= 1");
        }

        if (threshold > count)
        {
            throw new QmpException("threshold may not exceed children count");
        }

        if (options.ReadPattern == QuorumReadPattern.Fifo)
        {
            return threshold;
        }

        if (options.Blkverify == true && (count != 2 || threshold != 2))
        {
            throw new QmpException("blkverify=on can only be set if there are exactly two files and vote-threshold is 2");
        }

        if (options.Blkverify == true && options.RewriteCorrupted == true)
        {
            throw new QmpException("rewrite-corrupted=on cannot be used with blkverify=on");
        }

        return threshold;
    }

    private static async Task<Errno> TryAsync(ValueTask request)
    {
        try
        {
            await request;
            return 0;
        }
        catch (BlockIOException e)
        {
            return e.Errno;
        }
    }

    private string NextName() => $"children.{_nextIndex}";

    private RequestFlags Common(Func<BlockDriver, RequestFlags> flags)
        => _children.Aggregate((RequestFlags)(-1), (all, child) => all & flags(child.Node.Driver));

    // Requests of all children go on side by side; the result is in the order of the children, 0 for success.
    private Task<Errno[]> OnAllAsync(Func<BlockChild, ValueTask> request) => Task.WhenAll(_children.Select(child => TryAsync(request(child))));

    private async ValueTask ChangeAsync(long offset, long bytes, Func<BlockChild, ValueTask> request)
    {
        BlockChild[] children = [.. _children];
        Errno[] errors = await OnAllAsync(request);
        ReportErrors(QuorumOpType.Write, offset, bytes, children, errors);
        CheckSuccess(offset, bytes, errors);
    }

    private void ReportErrors(QuorumOpType type, long offset, long bytes, BlockChild[] children, Errno[] errors)
    {
        for (int i = 0; i < errors.Length; i++)
        {
            Reports.Bad(type, offset, bytes, children[i].Node, errors[i]);
        }
    }

    private void CheckSuccess(long offset, long bytes, Errno[] errors)
    {
        if (errors.Count(static error => error == 0) < _threshold)
        {
            Reports.Failure(offset, bytes);
            throw new BlockIOException(QuorumVote.OfErrors(errors));
        }
    }

    private async ValueTask ReadFirstAsync(long offset, Memory<byte> buffer, RequestFlags flags)
    {
        Errno error = Errno.EIO;
        foreach (BlockChild child in _children.ToArray())
        {
            error = await TryAsync(child.ReadAsync(offset, buffer, flags));
            if (error == 0)
            {
                return;
            }

            Reports.Bad(QuorumOpType.Read, offset, buffer.Length, child.Node, error);
        }

        throw new BlockIOException(error);
    }

    private async ValueTask ReadVotedAsync(long offset, Memory<byte> buffer, RequestFlags flags)
    {
        BlockChild[] children = [.. _children];
        byte[][] data = [.. children.Select(_ => new byte[buffer.Length])];
        Errno[] errors = await Task.WhenAll(children.Select((child, i) => TryAsync(child.ReadAsync(offset, data[i], flags))));
        ReportErrors(QuorumOpType.Read, offset, buffer.Length, children, errors);
        CheckSuccess(offset, buffer.Length, errors);
        if (_isBlkverify)
        {
            CheckSame(offset, data);
        }

        var vote = new QuorumVote(data, errors);
        if (vote.Winner.Count < _threshold && !vote.IsUnanimous)
        {
            Reports.Failure(offset, buffer.Length);
            throw new BlockIOException(Errno.EIO);
        }

        data[vote.Winner[0]].CopyTo(buffer);
        foreach (int loser in vote.Losers)
        {
            Reports.Bad(QuorumOpType.Read, offset, buffer.Length, children[loser].Node, 0, isReported: true);
        }

        if (_rewrites)
        {
            // Whoever fails again is as wrong as before: the next read says so.
            await Task.WhenAll(vote.Losers.Select(loser => TryAsync(children[loser].WriteAsync(offset, buffer))));
        }
    }

    // QEMU's program ends here; a host that may be one of many only fails the request.
    private void CheckSame(long offset, byte[][] data)
    {
        int same = data[0].AsSpan().CommonPrefixLength(data[1]);
        if (same < data[0].Length)
        {
            Node.Graph.Context.Report(
                ReportKind.Remark, $"quorum: offset={offset} bytes={data[0].Length} contents mismatch at offset {offset + same}");
            throw new BlockIOException(Errno.EIO);
        }
    }
}
