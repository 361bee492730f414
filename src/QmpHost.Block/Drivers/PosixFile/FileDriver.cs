using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Reopen;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>file, host_device, host_cdrom: an image in a regular file or on a device.</summary>
internal sealed class FileDriver(BlockDriverDescriptor descriptor, HostFileKind kind, DescriptorSets descriptors) : BlockDriver
{
    private readonly FileZeroes _zeroes = new();
    private readonly KnownDataExtent _knownData = new();
    private string _filename = "";
    private FileSet? _files;
    private FileTransfer? _transfer;
    private bool _writable;
    private bool _autoReadOnly;
    private bool _direct;
    private int _alignment = 1;

    /// <summary>The driver "file".</summary>
    /// <param name="descriptors">The descriptors that clients have passed.</param>
    public static BlockDriverDescriptor RegularFile(DescriptorSets descriptors)
        => MakeTable(BlockdevDriver.File, HostFileKind.Regular, descriptors) with
        {
            CreateImage = static (graph, options, _) => FileCreation.CreateAsync(graph, (BlockdevCreateOptionsFile)options.Branch!),
        };

    /// <summary>The driver "host_device": a device of the host.</summary>
    /// <param name="descriptors">The descriptors that clients have passed.</param>
    public static BlockDriverDescriptor HostDevice(DescriptorSets descriptors)
        => MakeTable(BlockdevDriver.HostDevice, HostFileKind.Device, descriptors) with { ServesDevice = IsDevice };

    /// <summary>The driver "host_cdrom": a CD drive of the host.</summary>
    /// <param name="descriptors">The descriptors that clients have passed.</param>
    public static BlockDriverDescriptor HostCdrom(DescriptorSets descriptors)
        => MakeTable(BlockdevDriver.HostCdrom, HostFileKind.CdDrive, descriptors) with
        {
            ServesDevice = static path => IsDevice(path) && CdDrive.IsAt(path),
        };

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => descriptor;

    /// <inheritdoc/>
    public override bool SupportsWriteZeroes => true;

    /// <inheritdoc/>
    public override bool SupportsDiscard => true;

    /// <inheritdoc/>
    public override bool ProvidesInfo => kind != HostFileKind.CdDrive;

    /// <inheritdoc/>
    public override RequestFlags SupportedZeroFlags => RequestFlags.MayUnmap | RequestFlags.NoFallback;

    /// <inheritdoc/>
    public override string? ExactFilename => _filename;

    /// <summary>How many discards succeeded and failed, and the bytes of the former.</summary>
    public FileDiscardCounts Discards { get; } = new();

    private FileSet Files => _files ?? throw new BlockIOException(Errno.EIO);

    private FileTransfer Transfer => _transfer ?? throw new BlockIOException(Errno.EIO);

    /// <inheritdoc/>
    public override ValueTask OpenAsync(BlockOpenContext context)
    {
        var options = (BlockdevOptionsFile)context.Options.Branch!;
        _filename = options.Filename;
        CheckOptions(options);
        _writable = !context.ReadOnly;
        _autoReadOnly = context.AutoReadOnly;
        _direct = context.Direct;
        _files = new FileSet(_filename, context.Direct, options.Locking != OnOffAuto.Off, descriptors);
        _files.Open(_writable && !_autoReadOnly);
        if (options.Aio == BlockdevAioOptions.Native && !context.Direct)
        {
            throw new QmpException("aio=native was specified, but it requires cache.direct=on, which was not specified.");
        }

        CheckKind();
        _transfer = new FileTransfer(Node.Graph.Context.Loop, _files.Handle, context.Direct);
        _alignment = context.Direct ? DirectTransfer.ProbeAlignment(_files.Handle) : 1;
        return ValueTask.CompletedTask;
    }

    /// <summary>Lets the file have no name from now on: who deletes it next does not take it from this node.</summary>
    internal void Forget() => Files.Forget();

    /// <inheritdoc/>
    public override ValueTask<BlockReopen> PrepareReopenAsync(BlockReopenContext context)
    {
        // The file itself is opened with the permissions, which decide whether it is written to.
        (bool Writable, bool AutoReadOnly, bool Direct) before = (_writable, _autoReadOnly, _direct);
        (_writable, _autoReadOnly, _direct) = (!context.ReadOnly, context.AutoReadOnly, context.Direct);
        Files.SetDirect(_direct);
        return ValueTask.FromResult(BlockReopen.Of(() => Adopt(before.Direct != _direct), Revert));

        void Revert()
        {
            (_writable, _autoReadOnly, _direct) = before;
            Files.SetDirect(_direct);
        }
    }

    /// <inheritdoc/>
    public override ValueTask CloseAsync()
    {
        _files?.Close();
        _files = null;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask<long> GetLengthAsync()
    {
        long length = NativeFile.Seek(Files.Handle, 0, NativeFile.SeekEnd);
        return length < 0
            ? throw new BlockIOException((Errno)System.Runtime.InteropServices.Marshal.GetLastPInvokeError())
            : ValueTask.FromResult(length);
    }

    /// <inheritdoc/>
    public override BlockLimits RefreshLimits(BlockLimits inherited) => inherited with { RequestAlignment = _alignment, MinMemoryAlignment = _alignment };

    /// <inheritdoc/>
    public override ValueTask<BlockDriverInfo> GetInfoAsync()
    {
        if (!Node.Graph.Context.Profile.Has(Behaviour.FileTellsAboutItself))
        {
            return ValueTask.FromResult(new BlockDriverInfo());
        }

        uint hint = FileHints.GetExtentSize(Files.Handle);
        var file = new ImageInfoSpecificFile { ExtentSizeHint = hint > 0 ? hint : null };
        return ValueTask.FromResult(new BlockDriverInfo
        {
            FormatSpecific = new ImageInfoSpecific.File { Data = file },
        });
    }

    /// <inheritdoc/>
    public override ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags)
        => Transfer.ReadAsync(Medium, offset, buffer);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
        => Transfer.WriteAsync(Medium, offset, buffer);

    /// <inheritdoc/>
    public override async ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags)
    {
        var file = Medium;
        bool mayUnmap = (flags & RequestFlags.MayUnmap) != 0;
        await Transfer.CallAsync(() => _zeroes.Zero(file, offset, bytes, mayUnmap), isShort: mayUnmap);
        _knownData.Forget(offset, bytes);
    }

    /// <inheritdoc/>
    public override ValueTask CopyRangeFromAsync(long offset, long bytes, CopyRangeTarget target)
        => target.CopyAsync(new CopyRangeSource(Node, offset), bytes);

    /// <inheritdoc/>
    public override async ValueTask CopyRangeToAsync(CopyRangeSource source, long offset, long bytes, RequestFlags flags)
    {
        if (source.Node.Driver is not FileDriver from)
        {
            throw new BlockIOException(Errno.ENOTSUP);
        }

        (var file, var sourceFile) = (Medium, from.Medium);
        await Transfer.CallAsync(() => FileTransfer.CopyRange(sourceFile, source.Offset, file, offset, bytes), isShort: false);

        // Where the files share blocks from now on, holes are copied too.
        _knownData.Forget(offset, bytes);
    }

    /// <inheritdoc/>
    public override async ValueTask DiscardAsync(long offset, long bytes)
    {
        var file = Medium;
        try
        {
            await Transfer.CallAsync(() => _zeroes.Punch(file, offset, bytes), isShort: true);
            _knownData.Forget(offset, bytes);
            Discards.NoteSuccess(bytes);
        }
        catch (BlockIOException)
        {
            Discards.NoteFailure();
            throw;
        }
    }

    /// <inheritdoc/>
    public override ValueTask FlushToDiskAsync()
    {
        var file = Files.Handle;
        return Transfer.CallAsync(() => NativeFile.Sync(file), isShort: true);
    }

    /// <inheritdoc/>
    public override ValueTask<BlockStatus> GetBlockStatusAsync(bool wantZero, long offset, long bytes)
    {
        (BlockStatusFlags kind, long found) = wantZero ? FindExtent(offset, bytes) : (BlockStatusFlags.Data, bytes);
        return ValueTask.FromResult(new BlockStatus(kind | BlockStatusFlags.OffsetValid, found, offset, Node));
    }

    /// <inheritdoc/>
    public override BlockStatsSpecific? DescribeStatistics() => kind == HostFileKind.CdDrive ? null : BlockStatsSpecific.Of(
        descriptor.SchemaValue!.Value,
        new BlockStatsSpecificFile
        {
            DiscardNbOk = (ulong)Discards.Succeeded,
            DiscardNbFailed = (ulong)Discards.Failed,
            DiscardBytesOk = (ulong)Discards.Bytes,
        });

    /// <inheritdoc/>
    public override ValueTask TruncateAsync(long length, bool exact, PreallocMode preallocation, bool zeroNew)
    {
        if (kind != HostFileKind.Regular)
        {
            return CheckDeviceLength(length, exact, preallocation);
        }

        _knownData.Forget(0, long.MaxValue);
        return FileLength.ChangeAsync(Files.Handle, Transfer, length, preallocation);
    }

    /// <inheritdoc/>
    public override void CheckPermissions(BlockPermissions used, BlockPermissions shared)
    {
        const BlockPermissions Writing = BlockPermissions.Write | BlockPermissions.WriteUnchanged | BlockPermissions.Resize;
        bool needsWritable = _writable && (!_autoReadOnly || (used & Writing) != 0);
        _files?.Prepare(used, shared, needsWritable);
    }

    /// <inheritdoc/>
    public override void CommitPermissions() => _files?.Commit();

    /// <inheritdoc/>
    public override void AbortPermissions() => _files?.Abort();

    /// <inheritdoc/>
    public override ValueTask<long?> GetAllocatedSizeAsync()
        => ValueTask.FromResult<long?>(NativeFile.TryGetStatus(Files.Handle, out FileStatus status) ? status.AllocatedBytes : null);

    private static BlockDriverDescriptor MakeTable(BlockdevDriver value, HostFileKind kind, DescriptorSets descriptors)
    {
        string name = value.ToWire();
        return new BlockDriverDescriptor
        {
            Name = name,
            SchemaValue = value,
            Make = table => new FileDriver(table, kind, descriptors),
            IsProtocol = true,
            ReopenOptions = ["x-check-cache-dropped"],
            ReopenExceptions = new Dictionary<string, OptionChange>
            {
                ["drop-cache"] = OptionChange.Changeable,
                ["aio-max-batch"] = OptionChange.NotAgain,
            },
            IsStrongOption = static option => option == "filename",
            TranslateOptions = options => RequireFileName(name, options),
            CheckFileName = options => CheckFileName(name, options),
            Protocols = [name],
            FilenameParser = (_, filename) => new BlockdevOptionsFile { Filename = WithoutProtocol(name + ':', filename) },
        };
    }

    private static void RequireFileName(string driver, QDict options)
    {
        if (!options.ContainsKey("filename"))
        {
            throw new QmpException($"The '{driver}' block driver requires a file name");
        }
    }

    private static void CheckFileName(string driver, BlockdevOptions options)
    {
        if (((BlockdevOptionsFile)options.Branch!).Filename.Length == 0)
        {
            throw new QmpException($"The '{driver}' block driver requires a file name");
        }
    }

    private static string WithoutProtocol(string prefix, string filename)
        => filename.StartsWith(prefix, StringComparison.Ordinal) ? filename[prefix.Length..] : filename;

    private static bool IsDevice(string path) => NativeFile.TryGetStatus(path, out FileStatus status) && status.IsDevice;

    private void Adopt(bool isTransferNew)
    {
        if (isTransferNew)
        {
            _transfer = new FileTransfer(Node.Graph.Context.Loop, Files.Handle, _direct);
            _alignment = _direct ? DirectTransfer.ProbeAlignment(Files.Handle) : 1;
        }
    }

    private void CheckOptions(BlockdevOptionsFile options)
    {
        // There are no such managers here, so that no id is one of them.
        if (options.PrManager is { } id)
        {
            throw new QmpException(Node.Graph.Context.Surroundings.HasObject(id)
                ? $"Object with id '{id}' is not a persistent reservation manager"
                : $"No persistent reservation manager with id '{id}'");
        }
    }

    private void CheckKind()
    {
        _ = NativeFile.TryGetStatus(Files.Handle, out FileStatus status);
        if (kind == HostFileKind.Regular && !status.IsRegular)
        {
            throw new QmpException($"'{descriptor.Name}' driver requires '{_filename}' to be a regular file");
        }

        if (kind != HostFileKind.Regular && !status.IsDevice)
        {
            throw new QmpException($"'{descriptor.Name}' driver requires '{_filename}' to be either a character or block device");
        }
    }

    // The file, if there is a medium to transfer data to or from.
    private Microsoft.Win32.SafeHandles.SafeFileHandle Medium
        => kind == HostFileKind.CdDrive && !CdDrive.HasDisc(Files.Handle) ? throw new BlockIOException(Errno.ENOMEDIUM) : Files.Handle;

    // A device has the length that it has: what asks for no more gets it, but must not ask for exactly less.
    private ValueTask CheckDeviceLength(long length, bool exact, PreallocMode preallocation)
    {
        if (kind == HostFileKind.CdDrive && !CdDrive.HasDisc(Files.Handle))
        {
            throw new QmpException("No medium inserted");
        }

        if (preallocation != PreallocMode.Off)
        {
            throw new QmpException($"Preallocation mode '{preallocation.ToWire()}' unsupported for this node");
        }

        long actual = NativeFile.Seek(Files.Handle, 0, NativeFile.SeekEnd);
        return length == actual || (length < actual && !exact) ? ValueTask.CompletedTask
            : length > actual ? throw new QmpException("Cannot grow device files")
            : throw new QmpException("Cannot resize device files");
    }

    private (BlockStatusFlags Kind, long Bytes) FindExtent(long offset, long bytes)
    {
        if (_knownData.BytesAt(offset) is > 0 and var known)
        {
            return (BlockStatusFlags.Data, Math.Min(bytes, known));
        }

        (BlockStatusFlags kind, long found) = FileExtents.Find(Files.Handle, offset, bytes);
        if (kind == BlockStatusFlags.Data)
        {
            _knownData.Remember(offset, found);
        }

        return (kind, Math.Min(bytes, found));
    }
}
