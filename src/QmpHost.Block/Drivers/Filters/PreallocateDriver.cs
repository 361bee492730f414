using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Reopen;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Filters;

/// <summary>
/// preallocate: a filter between a format and its file. A write behind the end makes the file longer than it has to be, so that
/// the next ones find the space there; what is left over is cut off when nobody may write any more.
/// </summary>
/// <remarks>The node's length is that of the data: users never see what is allocated behind it.</remarks>
internal sealed class PreallocateDriver(BlockDriverDescriptor descriptor) : FilterDriver
{
    private const long DefaultAlignment = 1 << 20;
    private const long DefaultSize = 128 << 20;

    private long _alignment = DefaultAlignment;
    private long _size = DefaultSize;
    private bool _mayGrow;
    private bool _mayGrowNext;

    // The end of the data and of the file, or null as long as they are the same and nobody else is kept from changing them.
    private long? _dataEnd;
    private long _fileEnd;
    private Task _growth = Task.CompletedTask;

    /// <summary>What the driver is.</summary>
    public static BlockDriverDescriptor Table { get; } = new()
    {
        Name = "preallocate",
        SchemaValue = BlockdevDriver.Preallocate,
        Make = static table => new PreallocateDriver(table),
        IsFilter = true,
        Children = FileChild,
        ReopenOptions = [],
        Sizes = ["prealloc-align", "prealloc-size"],
        ReopenExceptions = new Dictionary<string, OptionChange>
        {
            ["prealloc-align"] = OptionChange.Changeable,
            ["prealloc-size"] = OptionChange.Changeable,
        },
        IsStrongOption = static _ => false,
    };

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => descriptor;

    /// <inheritdoc/>
    public override long? LengthOfChild => _dataEnd ?? File.Node.Length;

    private bool HasSurplus => _dataEnd is { } end && _fileEnd > end;

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(BlockOpenContext context)
    {
        var options = (BlockdevOptionsPreallocate)context.Options.Branch!;
        await OpenFileAsync(context, options.File);
        (_alignment, _size) = Check(options);
    }

    /// <inheritdoc/>
    public override ValueTask<BlockReopen> PrepareReopenAsync(BlockReopenContext context)
    {
        if (context.Options.Branch is not BlockdevOptionsPreallocate options)
        {
            return ValueTask.FromResult(BlockReopen.None);
        }

        (long Alignment, long Size) checkedOptions = Check(options);
        return ValueTask.FromResult(BlockReopen.Of(() => (_alignment, _size) = checkedOptions));
    }

    /// <inheritdoc/>
    public override ValueTask<long> GetLengthAsync() => ValueTask.FromResult(_dataEnd ?? File.Node.Length);

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        _ = await ReserveAsync(offset, buffer.Length);
        await File.WriteAsync(offset, buffer, flags);
    }

    /// <inheritdoc/>
    public override async ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags)
    {
        // What was allocated a moment ago, and nobody has written to, is zero already.
        if (!await ReserveAsync(offset, bytes))
        {
            await File.WriteZeroesAsync(offset, bytes, flags);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask TruncateAsync(long length, bool exact, PreallocMode preallocation, bool zeroNew)
    {
        await CutAsync();
        await File.TruncateAsync(length, exact, preallocation, zeroNew);
        if (_dataEnd is not null)
        {
            _dataEnd = _fileEnd = File.Node.Length;
        }
    }

    /// <inheritdoc/>
    public override (BlockPermissions Used, BlockPermissions Shared) GetChildPermissions(
        BlockChild child, BlockPermissions needed, BlockPermissions shared)
    {
        if (HasSurplus)
        {
            // Until it is cut off.
            needed |= BlockPermissions.Write | BlockPermissions.Resize;
        }

        return MayGrow(needed) ? (needed, shared & ~(BlockPermissions.Write | BlockPermissions.Resize)) : (needed, shared);
    }

    /// <inheritdoc/>
    public override void CheckPermissions(BlockPermissions used, BlockPermissions shared) => _mayGrowNext = MayGrow(used);

    /// <inheritdoc/>
    public override void CommitPermissions() => _mayGrow = _mayGrowNext;

    /// <inheritdoc/>
    public override async ValueTask SettlePermissionsAsync()
    {
        if (_mayGrow || _dataEnd is null)
        {
            return;
        }

        await CutAsync();
        _dataEnd = null;
        Node.Graph.RefreshPermissions(Node);
    }

    private static bool MayGrow(BlockPermissions used)
        => (used & (BlockPermissions.Write | BlockPermissions.Resize)) == (BlockPermissions.Write | BlockPermissions.Resize);

    private (long Alignment, long Size) Check(BlockdevOptionsPreallocate options)
    {
        long alignment = SizeOption.Check(Node, "prealloc-align", options.PreallocAlign) ?? DefaultAlignment;
        long size = SizeOption.Check(Node, "prealloc-size", options.PreallocSize) ?? DefaultSize;
        if (alignment % BlockNode.SectorSize != 0)
        {
            throw new QmpException($"prealloc-align parameter of preallocate filter is not aligned to {BlockNode.SectorSize}");
        }

        int needed = File.Node.Limits.RequestAlignment;
        return alignment % needed == 0
            ? (Math.Max(alignment, 1), size)
            : throw new QmpException(
                $"prealloc-align parameter of preallocate filter is not aligned to underlying node request alignment ({needed})");
    }

    // Makes room for an area behind the end of the data; gives back whether all of it was allocated just now, with zeroes.
    private async ValueTask<bool> ReserveAsync(long offset, long bytes)
    {
        if (!_mayGrow)
        {
            return false;
        }

        long dataEnd = _dataEnd ?? (_fileEnd = File.Node.Length);
        long end = offset + bytes;
        if (end <= dataEnd)
        {
            return false;
        }

        _dataEnd = end;
        while (end > _fileEnd)
        {
            if (_growth.IsCompleted)
            {
                _growth = GrowAsync(Alignment.Up(end + _size, _alignment));
            }

            await _growth;
            if (end > _fileEnd && _growth.IsCompleted)
            {
                // It cannot be allocated ahead: the write itself makes the file longer, or fails.
                _fileEnd = Math.Max(_fileEnd, File.Node.Length);
                return false;
            }
        }

        return offset >= dataEnd;
    }

    private async Task GrowAsync(long end)
    {
        long start = Math.Max(_fileEnd, File.Node.Length);
        try
        {
            await File.WriteZeroesAsync(start, end - start, RequestFlags.NoFallback);
            _fileEnd = end;
        }
        catch (BlockIOException)
        {
            // Only an aid.
        }
    }

    private async ValueTask CutAsync()
    {
        await _growth;
        if (!HasSurplus)
        {
            return;
        }

        try
        {
            await File.TruncateAsync(_dataEnd!.Value, exact: true);
        }
        catch (QmpException e)
        {
            Node.Graph.Context.Report(ReportKind.Failure, e.Message);
        }

        _fileEnd = _dataEnd!.Value;
    }
}
