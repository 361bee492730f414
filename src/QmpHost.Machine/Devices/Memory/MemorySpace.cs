using System.Globalization;
using QmpHost.Machine.Boards;
using QmpHost.Machine.Objects;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>
/// The part of the guest's address space that memory devices share: it lies above the machine's own memory and is as large as
/// that may grow, and larger by what alignment can cost. Used on the host's event loop only.
/// </summary>
internal sealed class MemorySpace
{
    private const long GiB = 1L << 30;
    private const long FirstAddress = 4 * GiB;
    private const long Alignment = 2L << 20;

    // How much memory a board keeps below the devices that lie under 4 GiB, and what it keeps where there is more.
    private const ulong OlderBoardBelow = 0xe0000000, OlderBoardSplit = 0xc0000000;
    private const ulong NewerBoardBelow = 0xb0000000, NewerBoardSplit = 0x80000000;

    private readonly MachineConfiguration _machine;
    private readonly string _board;
    private readonly List<IMemoryDevice> _devices = [];
    private readonly Dictionary<int, string?> _slots = [];

    /// <param name="machine">How much memory there is, and how far it may grow.</param>
    /// <param name="board">The board's name.</param>
    public MemorySpace(MachineConfiguration machine, string board)
    {
        _machine = machine;
        _board = board;
    }

    /// <summary>The devices, by address.</summary>
    public IReadOnlyList<IMemoryDevice> Devices => _devices;

    /// <summary>The sockets for modules: the id of the module that is in each, null without an id or without a module.</summary>
    public IEnumerable<string?> Slots => Enumerable.Range(0, _machine.MemorySlots).Select(slot => _slots.GetValueOrDefault(slot));

    private long Total => (long)(_machine.MaxMemorySize - Math.Min(_machine.MemorySize, _machine.MaxMemorySize));

    private long Begin => RoundUp(FirstAddress + (long)Split(_board, _machine.MemorySize).Above, GiB);

    private long Length => Total + (_machine.MemorySlots * GiB);

    /// <summary>How much of a board's memory lies below its devices, and how much from the address of 4 GiB.</summary>
    /// <param name="board">The board's name.</param>
    /// <param name="size">The size of the memory in bytes.</param>
    public static (ulong Below, ulong Above) Split(string board, ulong size)
    {
        bool isNewer = board is "q35" || board.StartsWith("pc-q35-", StringComparison.Ordinal);
        (ulong below, ulong split) = isNewer ? (NewerBoardBelow, NewerBoardSplit) : (OlderBoardBelow, OlderBoardSplit);
        return size >= below ? (split, size - split) : (size, 0);
    }

    /// <summary>The memory that a device was given.</summary>
    /// <param name="device">The device.</param>
    /// <exception cref="QmpException">It was given none.</exception>
    public static MemoryBackendObject BackendOf(DeviceObject device)
        => device.LinkTarget("memdev") as MemoryBackendObject ?? throw new QmpException("'memdev' property must be set");

    /// <summary>Finds a socket for a module.</summary>
    /// <param name="wanted">The socket, or -1 for any.</param>
    /// <exception cref="QmpException">There is no such socket, or it is taken.</exception>
    public int FindSlot(long wanted)
    {
        int count = _machine.MemorySlots;
        if (wanted == -1)
        {
            QmpException.ThrowIf(count == 0, "no slots where allocated, please specify the 'slots' option");
            return Enumerable.Range(0, count).Cast<int?>().FirstOrDefault(slot => !_slots.ContainsKey(slot!.Value)) ?? throw new QmpException("no free slots available");
        }

        QmpException.ThrowIf(
            wanted < 0 || wanted >= count,
            string.Create(CultureInfo.InvariantCulture, $"invalid slot number {wanted}, valid range is [0-{unchecked((ulong)(count - 1L))}]"));
        return _slots.ContainsKey((int)wanted) ? throw new QmpException($"slot {wanted} is busy") : (int)wanted;
    }

    /// <summary>Finds addresses for a device.</summary>
    /// <param name="wanted">Where it is to begin, or 0 for anywhere.</param>
    /// <param name="length">How long it is.</param>
    /// <param name="blockSize">What its length has to be a multiple of.</param>
    /// <exception cref="QmpException">There is no room, or not there.</exception>
    public long FindAddress(long wanted, long length, long blockSize = Alignment)
    {
        QmpException.ThrowIf(Total == 0, "memory devices (e.g. for memory hotplug) are not enabled, please specify the maxmem option");
        long used = _devices.Sum(static device => device.Length), alignment = Math.Max(blockSize, Alignment);
        QmpException.ThrowIf(length > Total - used, $"not enough space, currently 0x{used:x} in use of total space for memory devices 0x{Total:x}");
        QmpException.ThrowIf(wanted % alignment != 0, $"address must be aligned to 0x{alignment:x} bytes");
        QmpException.ThrowIf(length % alignment != 0, $"backend memory size must be multiple of 0x{alignment:x}");
        return wanted == 0 ? FindFree(length, alignment) : CheckFree(wanted, length);
    }

    /// <summary>Adds a device, where there is room for it.</summary>
    /// <param name="device">The device.</param>
    /// <param name="slot">Its socket, or null where it needs none.</param>
    public void Add(IMemoryDevice device, int? slot)
    {
        int place = _devices.FindIndex(other => other.Address > device.Address);
        _devices.Insert(place < 0 ? _devices.Count : place, device);
        if (slot is { } taken)
        {
            _slots.Add(taken, device.Id);
        }
    }

    /// <summary>Takes a device away.</summary>
    /// <param name="device">The device.</param>
    /// <param name="slot">Its socket, or null where it needs none.</param>
    public void Remove(IMemoryDevice device, int? slot)
    {
        if (_devices.Remove(device) && slot is { } taken)
        {
            _slots.Remove(taken);
        }
    }

    private static long RoundUp(long value, long unit) => (value + unit - 1) / unit * unit;

    private long FindFree(long length, long alignment)
    {
        long address = RoundUp(Begin, alignment);
        foreach (IMemoryDevice device in _devices)
        {
            if (address + length <= device.Address)
            {
                break;
            }

            address = RoundUp(device.Address + device.Length, alignment);
        }

        return address + length <= Begin + Length
            ? address
            : throw new QmpException("could not find position in guest address space for memory device - memory fragmented due to alignments");
    }

    private long CheckFree(long wanted, long length)
    {
        QmpException.ThrowIf(
            wanted < Begin || wanted > Begin + Length - length,
            $"can't add memory device [0x{wanted:x}:0x{length:x}], usable range for memory devices [0x{Begin:x}:0x{Length:x}]");
        return _devices.Find(device => device.Address < wanted + length && wanted < device.Address + device.Length) is { } other
            ? throw new QmpException($"address range conflicts with memory device id='{other.Id ?? "(unnamed)"}'")
            : wanted;
    }
}
