using Microsoft.Win32.SafeHandles;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>
/// The open file of one node, with its locks: opened again for writing when the first writer comes, if the node may
/// be read-only until then.
/// </summary>
internal sealed class FileSet(string path, bool direct, bool locking, DescriptorSets descriptors)
{
    private bool _direct = direct;
    private bool _pendingDirect = direct;
    private SafeFileHandle? _file;
    private SafeFileHandle? _pending;
    private bool _writable;
    private bool _pendingWritable;
    private BlockPermissions _used;
    private BlockPermissions _unshared;
    private BlockPermissions _pendingUsed;
    private BlockPermissions _pendingUnshared;
    private bool _isNameless;

    /// <summary>The file.</summary>
    /// <exception cref="BlockIOException">It is not open.</exception>
    public SafeFileHandle Handle => _file ?? throw new BlockIOException(Errno.EIO);

    /// <summary>Opens the file.</summary>
    /// <exception cref="QmpException">"Could not open 'x': …".</exception>
    public void Open(bool writable)
    {
        _file = OpenFile(writable);
        _writable = writable;
    }

    /// <summary>Has the next change of permissions open the file again if the page cache is to be bypassed and was not, or the reverse.</summary>
    public void SetDirect(bool direct) => _pendingDirect = direct;

    /// <summary>Takes the locks that permissions need, and a file that can be written if they do.</summary>
    /// <exception cref="QmpException">They cannot be had; nothing has changed.</exception>
    public void Prepare(BlockPermissions used, BlockPermissions shared, bool needsWritable)
    {
        SafeFileHandle file = Handle;
        _pendingUsed = used;
        _pendingUnshared = ~shared & BlockPermissions.All;
        _pendingWritable = needsWritable;
        if (needsWritable != _writable || _pendingDirect != _direct)
        {
            file = _pending = OpenFile(needsWritable);
        }

        try
        {
            if (locking && (_pending is not null || used != _used || _pendingUnshared != _unshared))
            {
                FileLocks.Take(file, used, _pendingUnshared);
                CheckOthers(file);
            }
        }
        catch
        {
            Abort();
            throw;
        }
    }

    /// <summary>Gives up what the permissions before needed.</summary>
    public void Commit()
    {
        if (_pending is not null)
        {
            Close(_file);
            _file = _pending;
            _pending = null;
            _writable = _pendingWritable;
            _direct = _pendingDirect;
        }
        else if (locking && (_pendingUsed != _used || _pendingUnshared != _unshared))
        {
            FileLocks.Keep(Handle, _pendingUsed, _pendingUnshared);
        }

        _used = _pendingUsed;
        _unshared = _pendingUnshared;
    }

    /// <summary>Gives up what <see cref="Prepare"/> took.</summary>
    public void Abort()
    {
        Close(_pending);
        _pending = null;
        if (locking && _file is not null)
        {
            FileLocks.Keep(_file, _used, _unshared);
        }
    }

    /// <summary>Opens the file again, where that is needed, by what is open of it and not by its name.</summary>
    public void Forget() => _isNameless = true;

    /// <summary>Closes the file, and gives its locks up with it.</summary>
    public void Close()
    {
        Close(_pending);
        _pending = null;
        Close(_file);
        _file = null;
    }

    // The old file's locks would look like somebody else's to the new one: they are given up for the look.
    private void CheckOthers(SafeFileHandle file)
    {
        if (_pending is not null)
        {
            FileLocks.Release(_file!);
        }

        try
        {
            FileLocks.Check(file, _pendingUsed, _pendingUnshared);
        }
        catch when (_pending is not null)
        {
            FileLocks.Take(_file!, _used, _unshared);
            throw;
        }
    }

    private void Close(SafeFileHandle? file)
    {
        if (file is not null)
        {
            // Duplicates of a descriptor that a client has passed share their locks.
            if (locking && !DescriptorSets.IsSet(path))
            {
                FileLocks.Release(file);
            }

            descriptors.Closed(file);
            file.Dispose();
        }
    }

    private SafeFileHandle OpenFile(bool writable)
    {
        int flags = (writable ? NativeFile.OpenReadWrite : NativeFile.OpenReadOnly) | (_pendingDirect ? NativeFile.OpenDirect : 0);
        if (DescriptorSets.IsSet(path))
        {
            return descriptors.TryOpen(path, flags, out Errno reason)
                ?? throw new QmpException($"Could not dup FD for {path} flags {flags:x}: {reason.Describe()}");
        }

        string name = _isNameless ? $"/proc/self/fd/{Handle.DangerousGetHandle()}" : path;
        return NativeFile.Open(name, flags, out int error)
            ?? throw new QmpException($"Could not open '{path}': {Describe((Errno)error)}");
    }

    private string Describe(Errno error)
        => _pendingDirect && error == Errno.EINVAL ? "filesystem does not support O_DIRECT" : error.Describe();
}
