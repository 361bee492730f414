using System.Buffers.Binary;
using QmpHost.Exports.Memory;

namespace QmpHost.Exports.Virtio;

/// <summary>A split virtqueue from the device's side: requests are taken from one ring and given back on another.</summary>
/// <remarks>Used on the host's loop only.</remarks>
internal sealed class Virtqueue
{
    /// <summary>The most requests that a queue may hold.</summary>
    public const int MostEntries = 1024;

    private const int RingHeader = 4;
    private const int UsedEntrySize = 8;
    private const ushort NoInterrupts = 1;

    private readonly VirtioFeatures _features;
    private GuestMemory _memory;
    private nint _descriptors;
    private nint _available;
    private nint _used;
    private ushort _usedIndex;
    private ushort _toldIndex;
    private bool _hasTold;

    private Virtqueue(GuestMemory memory, VirtioFeatures features, int size, ushort nextIndex)
    {
        _memory = memory;
        _features = features;
        Size = size;
        NextIndex = nextIndex;
    }

    /// <summary>The most requests that it may hold.</summary>
    public int Size { get; }

    /// <summary>The index of the next request to take.</summary>
    public ushort NextIndex { get; private set; }

    /// <summary>The number of requests that were taken and not counted out.</summary>
    public int InFlight { get; private set; }

    /// <summary>Opens a queue.</summary>
    /// <param name="memory">The guest's memory, which outlives the queue.</param>
    /// <param name="features">What the two sides agreed on.</param>
    /// <param name="size">The most requests that it may hold, a power of two.</param>
    /// <param name="nextIndex">The index of the next request to take.</param>
    /// <param name="addresses">The front end's addresses of descriptors, available and used ring.</param>
    /// <returns>The queue.</returns>
    /// <exception cref="VirtioException">The addresses are none.</exception>
    public static Virtqueue Open(
        GuestMemory memory, VirtioFeatures features, int size, ushort nextIndex, (ulong Descriptors, ulong Available, ulong Used) addresses)
    {
        var queue = new Virtqueue(memory, features, size, nextIndex);
        queue.Move(memory, addresses);
        queue._usedIndex = ReadStable(queue._used + 2);
        return queue;
    }

    /// <summary>Goes over to another description of the same memory.</summary>
    /// <param name="memory">The guest's memory, which outlives the queue.</param>
    /// <param name="addresses">The front end's addresses of descriptors, available and used ring.</param>
    /// <exception cref="VirtioException">The addresses are none.</exception>
    public void Move(GuestMemory memory, (ulong Descriptors, ulong Available, ulong Used) addresses)
    {
        nint descriptors = memory.FindUser(addresses.Descriptors, (ulong)Size * 16);
        nint available = memory.FindUser(addresses.Available, RingHeader + ((ulong)Size * 2) + 2);
        nint used = memory.FindUser(addresses.Used, RingHeader + ((ulong)Size * UsedEntrySize) + 2);
        if (descriptors == 0 || available == 0 || used == 0 || used % 4 != 0)
        {
            throw new VirtioException("Invalid vring_addr message");
        }

        (_memory, _descriptors, _available, _used) = (memory, descriptors, available, used);
    }

    /// <summary>Takes the next request, if there is one.</summary>
    /// <returns>The request, or null.</returns>
    /// <exception cref="VirtioException">The guest broke the rules.</exception>
    public DescriptorChain? TryTake()
    {
        ushort available = (ushort)(ReadStable(_available + 2) - NextIndex);
        if (available == 0)
        {
            return null;
        }

        // One that gives more than there is room for has lost its mind.
        if (available > Size || InFlight >= Size)
        {
            throw new VirtioException($"Guest moved used index from {NextIndex} to {(ushort)(NextIndex + available)}");
        }

        ushort head = ReadUInt16(_available + RingHeader + (NextIndex % Size * 2));
        DescriptorChain chain = new DescriptorTable(_memory, _descriptors, Size, Has(VirtioFeatures.IndirectDescriptors)).Read(head);
        NextIndex++;
        InFlight++;
        return chain;
    }

    /// <summary>Asks the guest to tell of the next request.</summary>
    /// <returns>False where there is one already.</returns>
    public bool TryRest()
    {
        if (Has(VirtioFeatures.EventIndex))
        {
            WriteUInt16(_used + RingHeader + (Size * UsedEntrySize), NextIndex);
        }

        Interlocked.MemoryBarrier();
        return ReadStable(_available + 2) == NextIndex;
    }

    /// <summary>Gives a request back.</summary>
    /// <param name="chain">The request.</param>
    /// <param name="written">How many bytes were written into it, as the guest is told.</param>
    /// <returns>Whether the guest wants to be woken.</returns>
    /// <exception cref="VirtioException">The ring is not there any more.</exception>
    public bool GiveBack(DescriptorChain chain, uint written)
    {
        Span<byte> entry = stackalloc byte[UsedEntrySize];
        BinaryPrimitives.WriteUInt32LittleEndian(entry, chain.Head);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], written);
        bool isWritten = SharedMemory.TryWrite(_used + RingHeader + (_usedIndex % Size * UsedEntrySize), entry);
        Interlocked.MemoryBarrier();
        if (!isWritten || !SharedMemory.TryIncrementUpperHalf(_used))
        {
            throw Lost();
        }

        _usedIndex++;
        Interlocked.MemoryBarrier();
        return WantsToBeWoken();
    }

    /// <summary>Counts a request out, whether it was given back or not.</summary>
    public void CountOut() => InFlight--;

    private bool WantsToBeWoken()
    {
        if (Has(VirtioFeatures.NotifyOnEmpty) && InFlight == 1 && ReadStable(_available + 2) == NextIndex)
        {
            return true;
        }

        if (!Has(VirtioFeatures.EventIndex))
        {
            return (ReadUInt16(_available) & NoInterrupts) == 0;
        }

        // Woken where the index at which the guest wants to be is among those since it was last asked.
        ushort wanted = ReadUInt16(_available + RingHeader + (Size * 2));
        bool isPassed = (ushort)(_usedIndex - wanted - 1) < (ushort)(_usedIndex - _toldIndex);
        bool isWoken = isPassed || !_hasTold;
        _toldIndex = _usedIndex;
        _hasTold = true;
        return isWoken;
    }

    private bool Has(VirtioFeatures feature) => (_features & feature) != 0;

    // The system copies byte by byte if it likes: half of a change is seen once, but not twice.
    private static ushort ReadStable(nint address)
    {
        ushort value = ReadUInt16(address);
        while (true)
        {
            ushort again = ReadUInt16(address);
            if (again == value)
            {
                return value;
            }

            value = again;
        }
    }

    private static ushort ReadUInt16(nint address)
    {
        Span<byte> bytes = stackalloc byte[2];
        return SharedMemory.TryRead(address, bytes) ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : throw Lost();
    }

    // Half of this is seen by nobody to whom it matters: the guest's index is looked at once more afterwards.
    private static void WriteUInt16(nint address, ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        if (!SharedMemory.TryWrite(address, bytes))
        {
            throw Lost();
        }
    }

    private static VirtioException Lost() => new("the guest's memory is gone");
}
