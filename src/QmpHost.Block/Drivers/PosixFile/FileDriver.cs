using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>file: an image in a regular file.</summary>
internal sealed class FileDriver(FileDriverDescriptor descriptor) : BlockDriver
{
    private string _filename = "";
    private SafeFileHandle? _file;

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => descriptor;

    /// <inheritdoc/>
    public override bool SupportsWriteZeroes => true;

    /// <inheritdoc/>
    public override bool SupportsDiscard => true;

    /// <inheritdoc/>
    public override RequestFlags SupportedZeroFlags => RequestFlags.MayUnmap | RequestFlags.NoFallback;

    /// <inheritdoc/>
    public override string? ExactFilename => _filename;

    private SafeFileHandle Handle => _file ?? throw new BlockIOException(Errno.EIO);

    /// <inheritdoc/>
    public override ValueTask OpenAsync(BlockOpenContext context)
    {
        var options = (BlockdevOptionsFile)context.Options.Branch!;
        _filename = options.Filename;
        if (_filename.Length == 0)
        {
            throw new QmpException("The 'file' block driver requires a file name");
        }

        _file = NativeFile.Open(_filename, context.ReadOnly ? NativeFile.OpenReadOnly : NativeFile.OpenReadWrite, out int error);
        if (_file is null)
        {
            throw new QmpException($"Could not open '{_filename}': {((Errno)error).Describe()}");
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask CloseAsync()
    {
        _file?.Dispose();
        _file = null;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask<long> GetLengthAsync()
    {
        long length = NativeFile.Seek(Handle, 0, NativeFile.SeekEnd);
        return length < 0 ? throw LastError() : ValueTask.FromResult(length);
    }

    /// <inheritdoc/>
    public override unsafe ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags)
    {
        Span<byte> rest = buffer.Span;
        while (rest.Length > 0)
        {
            nint read;
            fixed (byte* start = rest)
            {
                read = NativeFile.Read(Handle, start, (nuint)rest.Length, offset);
            }

            if (read < 0)
            {
                throw LastError();
            }

            if (read == 0)
            {
                rest.Clear();
                break;
            }

            rest = rest[(int)read..];
            offset += read;
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override unsafe ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        ReadOnlySpan<byte> rest = buffer.Span;
        while (rest.Length > 0)
        {
            nint written;
            fixed (byte* start = rest)
            {
                written = NativeFile.Write(Handle, start, (nuint)rest.Length, offset);
            }

            if (written < 0)
            {
                throw LastError();
            }

            rest = rest[(int)written..];
            offset += written;
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags)
    {
        int mode = (flags & RequestFlags.MayUnmap) != 0 ? NativeFile.PunchHole | NativeFile.KeepSize : NativeFile.ZeroRange;
        if (NativeFile.Allocate(Handle, mode, offset, bytes) != 0)
        {
            throw LastError();
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask DiscardAsync(long offset, long bytes)
    {
        if (NativeFile.Allocate(Handle, NativeFile.PunchHole | NativeFile.KeepSize, offset, bytes) != 0)
        {
            throw LastError();
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask FlushToDiskAsync()
    {
        if (NativeFile.Sync(Handle) != 0)
        {
            throw LastError();
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask TruncateAsync(long length, bool exact, PreallocMode preallocation, bool zeroNew)
    {
        if (NativeFile.Truncate(Handle, length) != 0)
        {
            throw new QmpException($"Failed to resize the file: {LastError().Errno.Describe()}");
        }

        return ValueTask.CompletedTask;
    }

    private static BlockIOException LastError() => new((Errno)Marshal.GetLastPInvokeError());
}
