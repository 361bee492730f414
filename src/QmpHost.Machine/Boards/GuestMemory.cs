using QmpHost.Machine.Devices;
using QmpHost.Machine.Facts;
using QmpHost.Qapi;

namespace QmpHost.Machine.Boards;

/// <summary>Where a board's memory lies in the address space of a guest that has never run: all of it reads as zeroes.</summary>
/// <remarks>The contents of firmware are not there either: it reads as zeroes too.</remarks>
public sealed class GuestMemory
{
    private const ulong FourGiB = 1UL << 32;

    // Where boards can put other things into the place of their memory below 1 MiB.
    private static readonly ulong[] OlderSeams = [0xc0000, 0xe0000, 0x100000];
    private static readonly ulong[] SmallSeams = [0xf0000, 0x100000];

    private readonly List<(ulong Begin, ulong End)> _ranges = [];
    private readonly ulong[] _seams;

    /// <summary>Lays out a board's memory.</summary>
    /// <param name="board">The board; the empty one has no memory.</param>
    /// <param name="size">The size of the main memory in bytes.</param>
    /// <param name="profile">The release whose firmware there is.</param>
    /// <param name="devices">Where memory was plugged in, and how much in bytes.</param>
    public GuestMemory(string board, ulong size, VersionProfile profile, IEnumerable<(ulong Address, ulong Size)> devices)
    {
        ArgumentNullException.ThrowIfNull(board);
        ArgumentNullException.ThrowIfNull(devices);
        _seams = board == "microvm" ? SmallSeams : OlderSeams;
        if (board == "none")
        {
            return;
        }

        (ulong below, ulong above) = MemorySpace.Split(board, size);
        Add(0, below);
        Add(FourGiB, above);
        foreach ((ulong address, ulong length) in devices)
        {
            Add(address, length);
        }

        FirmwareSize = FirmwareFacts.Of(profile).ListBlocks(board).FirstOrDefault(static block => block.Name == "pc.bios").Total;
        Add(FourGiB - FirmwareSize, FirmwareSize);
    }

    /// <summary>The ranges, those of the main memory first: the first address of each, and the first behind it.</summary>
    public IReadOnlyList<(ulong Begin, ulong End)> Ranges => _ranges;

    /// <summary>How many bytes of firmware lie under the address of 4 GiB.</summary>
    public ulong FirmwareSize { get; }

    /// <summary>The ranges by address, cut where a board can put other things into their place.</summary>
    public IEnumerable<(ulong Begin, ulong End)> ListPieces()
    {
        foreach ((ulong begin, ulong end) in _ranges.Order())
        {
            ulong from = begin;
            foreach (ulong seam in _seams.Where(seam => seam > begin && seam < end))
            {
                yield return (from, seam);
                from = seam;
            }

            yield return (from, end);
        }
    }

    /// <summary>Whether all bytes of a range are memory.</summary>
    /// <param name="address">The first address.</param>
    /// <param name="length">The number of bytes.</param>
    public bool Contains(ulong address, ulong length)
    {
        while (length > 0)
        {
            int index = _ranges.FindIndex(range => address >= range.Begin && address < range.End);
            if (index < 0)
            {
                return false;
            }

            ulong piece = Math.Min(length, _ranges[index].End - address);
            address += piece;
            length -= piece;
        }

        return true;
    }

    private void Add(ulong address, ulong size)
    {
        if (size > 0)
        {
            _ranges.Add((address, address + size));
        }
    }
}
