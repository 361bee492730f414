using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Filenames;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers;

/// <summary>raw: the image is the disk, or a window of the disk.</summary>
internal sealed class RawDriver(BlockDriverDescriptor descriptor) : BlockDriver
{
    private long _offset;
    private long? _size;
    private BlockChild? _file;

    // A guest must not make such an image look like something else, which the next start would believe.
    private bool _isProbed;

    /// <summary>What the driver is.</summary>
    public static BlockDriverDescriptor Table { get; } = new()
    {
        Name = "raw",
        SchemaValue = BlockdevDriver.Raw,
        Make = static table => new RawDriver(table),
        ReopenOptions = ["offset", "size"],
        Sizes = ["offset", "size"],
        MakeBranch = static file => new BlockdevOptionsRaw { File = file },
    };

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => descriptor;

    /// <inheritdoc/>
    public override RequestFlags SupportedWriteFlags => RequestFlags.WriteUnchanged | (File.Node.Driver.SupportedWriteFlags & RequestFlags.Fua);

    /// <inheritdoc/>
    public override RequestFlags SupportedZeroFlags
        => RequestFlags.WriteUnchanged
            | (File.Node.Driver.SupportedZeroFlags & (RequestFlags.Fua | RequestFlags.MayUnmap | RequestFlags.NoFallback));

    /// <inheritdoc/>
    public override bool SupportsWriteZeroes => true;

    /// <inheritdoc/>
    public override bool SupportsDiscard => true;

    /// <inheritdoc/>
    public override long ClusterSize => File.Node.ClusterSize;

    private BlockChild File => _file ?? throw new InvalidOperationException("The image is not open.");

    private long LengthBehindOffset => Math.Max(0, File.Node.Length - _offset);

    private bool IsWindow => _offset != 0 || _size is not null;

    /// <inheritdoc/>
    public override bool TryMarkProbed() => _isProbed = true;

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(BlockOpenContext context)
    {
        var options = (BlockdevOptionsRaw)context.Options.Branch!;
        (_offset, _size) = (options.Offset ?? 0, options.Size);
        ChildRole role = IsWindow ? ChildRole.Data | ChildRole.Primary : ChildRole.Filtered | ChildRole.Primary;
        _file = await context.OpenChildAsync(options.File, "file", role);
        if (!_file.Node.HasMedium)
        {
            throw new QmpException("Could not get image size: No medium found");
        }

        CheckWindow(_offset, _size);
    }

    /// <inheritdoc/>
    public override ValueTask<BlockReopen> PrepareReopenAsync(BlockReopenContext context)
    {
        if (context.Options.Branch is not BlockdevOptionsRaw options)
        {
            return ValueTask.FromResult(BlockReopen.None);
        }

        (long Offset, long? Size) window = (options.Offset ?? 0, options.Size);
        CheckWindow(window.Offset, window.Size);
        return ValueTask.FromResult(BlockReopen.Of(() => (_offset, _size) = window));
    }

    /// <inheritdoc/>
    public override ValueTask<long> GetLengthAsync() => ValueTask.FromResult(_size ?? LengthBehindOffset);

    /// <inheritdoc/>
    public override long? LengthOfChild => _size is null ? LengthBehindOffset : null;

    /// <inheritdoc/>
    public override ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags)
    {
        CheckEnd(offset, buffer.Length, isWrite: false);
        return File.Node.Driver.ObservesDebugEvents
            ? ReadObservedAsync(offset, buffer, flags)
            : File.ReadAsync(_offset + offset, buffer, flags);
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        CheckEnd(offset, buffer.Length, isWrite: true);
        return _isProbed && offset < FormatProbe.Length && buffer.Length > 0 ? WriteHeadAsync(offset, buffer, flags)
            : File.Node.Driver.ObservesDebugEvents ? WriteObservedAsync(offset, buffer, flags)
            : File.WriteAsync(_offset + offset, buffer, flags);
    }

    /// <inheritdoc/>
    public override ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags)
    {
        CheckEnd(offset, bytes, isWrite: true);
        return File.WriteZeroesAsync(_offset + offset, bytes, flags);
    }

    /// <inheritdoc/>
    public override ValueTask CopyRangeFromAsync(long offset, long bytes, CopyRangeTarget target)
    {
        CheckEnd(offset, bytes, isWrite: false);
        return File.CopyRangeFromAsync(_offset + offset, bytes, target);
    }

    /// <inheritdoc/>
    public override ValueTask CopyRangeToAsync(CopyRangeSource source, long offset, long bytes, RequestFlags flags)
    {
        CheckEnd(offset, bytes, isWrite: true);
        return _isProbed && offset < FormatProbe.Length
            ? throw new BlockIOException(Errno.ENOTSUP)
            : File.CopyRangeToAsync(source, _offset + offset, bytes, flags);
    }

    /// <inheritdoc/>
    public override ValueTask DiscardAsync(long offset, long bytes)
    {
        CheckEnd(offset, bytes, isWrite: true);
        return File.DiscardAsync(_offset + offset, bytes);
    }

    /// <inheritdoc/>
    public override ValueTask<BlockStatus> GetBlockStatusAsync(bool wantZero, long offset, long bytes)
        => ValueTask.FromResult(new BlockStatus(BlockStatusFlags.Raw | BlockStatusFlags.OffsetValid, bytes, _offset + offset, File.Node));

    /// <inheritdoc/>
    public override async ValueTask TruncateAsync(long length, bool exact, PreallocMode preallocation, bool zeroNew)
    {
        if (_size is not null)
        {
            throw new QmpException("Cannot resize fixed-size raw disks");
        }

        if (long.MaxValue - length < _offset)
        {
            throw new QmpException("Disk size too large for the chosen offset");
        }

        await File.TruncateAsync(_offset + length, exact, preallocation, zeroNew);
    }

    /// <inheritdoc/>
    public override (BlockPermissions Used, BlockPermissions Shared) GetChildPermissions(
        BlockChild child, BlockPermissions needed, BlockPermissions shared)
        => (needed, (child.Role & ChildRole.Data) != 0 ? shared & ~BlockPermissions.Resize : shared);

    /// <inheritdoc/>
    public override bool ProvidesInfo => File.Node.Driver.ProvidesInfo;

    /// <inheritdoc/>
    public override async ValueTask<BlockDriverInfo> GetInfoAsync() => (await File.Node.Driver.GetInfoAsync()).PassedOn();

    /// <inheritdoc/>
    public override ISnapshotAccess? SnapshotAccess => null;

    private void CheckWindow(long offset, long? windowSize)
    {
        SizeOption.Check(Node, "offset", offset);
        SizeOption.Check(Node, "size", windowSize);
        long available = File.Node.Length;
        if (available < offset)
        {
            throw new QmpException($"Offset ({offset}) cannot be greater than size of the containing file ({available})");
        }

        if (windowSize is { } size && available - offset < size)
        {
            throw new QmpException(
                $"The sum of offset ({offset}) and size ({size}) has to be smaller or equal to the  actual size of the containing file ({available})");
        }

        if (windowSize % BlockNode.SectorSize is > 0)
        {
            throw new QmpException($"Specified size is not multiple of {BlockNode.SectorSize}");
        }
    }

    private async ValueTask ReadObservedAsync(long offset, Memory<byte> buffer, RequestFlags flags)
    {
        await File.Node.Driver.OnDebugEventAsync(BlkdebugEvent.ReadAio);
        await File.ReadAsync(_offset + offset, buffer, flags);
    }

    private async ValueTask WriteHeadAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        byte[] head = new byte[Math.Min(FormatProbe.Length, File.Node.Length - _offset)];
        await File.ReadAsync(_offset, head, RequestFlags.None);
        buffer[..(int)Math.Min(buffer.Length, head.Length - offset)].CopyTo(head.AsMemory((int)offset));
        if (FormatProbe.Detect(Node.Graph.Drivers, head) != descriptor.Name)
        {
            throw new BlockIOException(Errno.EPERM);
        }

        await WriteObservedAsync(offset, buffer, flags);
    }

    private async ValueTask WriteObservedAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        await File.Node.Driver.OnDebugEventAsync(BlkdebugEvent.WriteAio);
        await File.WriteAsync(_offset + offset, buffer, flags);
    }

    private void CheckEnd(long offset, long bytes, bool isWrite)
    {
        if (_size is { } size && (offset > size || bytes > size - offset))
        {
            // What lies behind the window is not this disk's.
            throw new BlockIOException(isWrite ? Errno.ENOSPC : Errno.EINVAL);
        }

        if (offset > long.MaxValue - _offset)
        {
            throw new BlockIOException(Errno.EINVAL);
        }
    }
}
