using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace QmpHost.Exports.Memory;

/// <summary>A region of a guest's memory, mapped from a descriptor.</summary>
internal sealed partial class MappedRegion
{
    private const int ReadAndWrite = 1 | 2;
    private const int SharedWithoutReserve = 1 | 0x4000;

    private readonly nint _mapping;
    private readonly nuint _mappedLength;
    private readonly nint _start;

    private MappedRegion(ulong guestAddress, ulong length, ulong userAddress, nint mapping, nuint mappedLength, nint start)
    {
        GuestAddress = guestAddress;
        Length = length;
        UserAddress = userAddress;
        _mapping = mapping;
        _mappedLength = mappedLength;
        _start = start;
    }

    /// <summary>Where the guest has it.</summary>
    public ulong GuestAddress { get; }

    /// <summary>Its length in bytes.</summary>
    public ulong Length { get; }

    /// <summary>Where the front end has it.</summary>
    public ulong UserAddress { get; }

    /// <summary>Maps a region.</summary>
    /// <param name="file">The descriptor; not needed afterwards.</param>
    /// <param name="guestAddress">Where the guest has it.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="userAddress">Where the front end has it.</param>
    /// <param name="offset">Where it starts in the descriptor's file.</param>
    /// <returns>The region, or null where it cannot be mapped.</returns>
    public static MappedRegion? TryMap(SafeFileHandle file, ulong guestAddress, ulong length, ulong userAddress, ulong offset)
    {
        bool fits = length > 0 && guestAddress <= ulong.MaxValue - length && userAddress <= ulong.MaxValue - length
            && offset <= long.MaxValue && length <= (ulong)long.MaxValue - offset;
        if (!fits)
        {
            return null;
        }

        // From the file's start: offsets in huge pages need not be ones at which a mapping may start.
        nuint mapped = (nuint)(length + offset);
        nint mapping = Map(0, mapped, ReadAndWrite, SharedWithoutReserve, file, 0);
        return mapping == -1 ? null : new MappedRegion(guestAddress, length, userAddress, mapping, mapped, mapping + (nint)offset);
    }

    /// <summary>Finds a place of the guest's.</summary>
    /// <param name="address">Its address there.</param>
    /// <param name="available">How many bytes there are from there on.</param>
    /// <returns>The address here, or 0.</returns>
    public nint FindGuest(ulong address, out ulong available) => Find(address - GuestAddress, out available);

    /// <summary>Finds a place of the front end's.</summary>
    /// <param name="address">Its address there.</param>
    /// <param name="available">How many bytes there are from there on.</param>
    /// <returns>The address here, or 0.</returns>
    public nint FindUser(ulong address, out ulong available) => Find(address - UserAddress, out available);

    /// <summary>Gives the mapping back.</summary>
    public void Unmap() => _ = Unmap(_mapping, _mappedLength);

    // What lies before the region wraps around to behind it.
    private nint Find(ulong offset, out ulong available)
    {
        available = offset < Length ? Length - offset : 0;
        return available > 0 ? _start + (nint)offset : 0;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, SafeFileHandle file, long offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);
}
