using QmpHost.Block.Core;
using QmpHost.Qapi;
using QmpHost.Qapi.Files;

namespace QmpHost.Machine.Objects;

/// <summary>The file that holds a guest's memory, which is made where it is missing and must be long enough where it is there.</summary>
/// <param name="name">What the memory is called.</param>
/// <param name="size">The memory's size in bytes.</param>
/// <param name="profile">The release that the host behaves like.</param>
internal sealed class MemoryFile(string name, long size, VersionProfile profile)
{
    private static readonly long PageSize = Environment.SystemPageSize;

    private bool TellsRoom => profile.Has(Behaviour.MemoryFilesTellTheirRoom);

    /// <summary>Opens the file, or makes it.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="readOnly">Whether it is only read.</param>
    /// <param name="alignment">The alignment in bytes, or 0.</param>
    /// <exception cref="QmpException">It cannot hold the memory.</exception>
    internal void Make(string path, bool readOnly, long alignment)
    {
        using FileStream file = SystemFile.Open(
            path, readOnly ? FileMode.Open : FileMode.OpenOrCreate, readOnly ? FileAccess.Read : FileAccess.ReadWrite, out int error)
            ?? throw new QmpException($"can't open backing store {path} for guest RAM: {SystemFile.Describe(error)}");
        if (alignment % PageSize != 0)
        {
            throw new QmpException($"alignment 0x{alignment:x} must be multiples of page size 0x{PageSize:x}");
        }

        if (TryFindLength(file) is var length and > 0)
        {
            RequireRoom(length);
        }
        else
        {
            Extend(file, readOnly);
        }

        QmpException.ThrowIf(
            size % PageSize != 0 && TellsRoom,
            $"backend '{MemoryBackendObject.NamedFile.Name}' memory size must be multiple of {PageSize / 1024} KiB");
    }

    /// <summary>Fails where what holds memory is shorter than the memory with its last page.</summary>
    /// <param name="length">How long it is, in bytes.</param>
    /// <exception cref="QmpException">It is too short.</exception>
    internal void RequireRoom(long length)
    {
        long wanted = RoundUp(size);
        QmpException.ThrowIf(
            length < wanted,
            TellsRoom
                ? $"{name} backing store size 0x{length:x} is too small for 'size' option 0x{wanted:x} plus 'offset' option 0x0"
                : $"backing store size 0x{length:x} does not match 'size' option 0x{wanted:x}");
    }

    private static long RoundUp(long size) => (size + PageSize - 1) / PageSize * PageSize;

    private static long TryFindLength(FileStream file)
    {
        try
        {
            return file.Length;
        }
        catch (Exception e) when (e is IOException or NotSupportedException)
        {
            return 0;
        }
    }

    private void Extend(FileStream file, bool readOnly)
    {
        try
        {
            if (!readOnly)
            {
                file.SetLength(RoundUp(size));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            // A device, or no room: the memory is only kept in mind.
            throw new QmpException("unable to map backing store for guest RAM: No such device", e);
        }
    }
}
