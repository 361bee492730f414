using System.Buffers.Binary;
using QmpHost.Exports.Memory;

namespace QmpHost.Exports.Virtio;

/// <summary>Walks along the descriptors of a guest, which may say anything: each address is looked up, and no walk is endless.</summary>
/// <param name="memory">The guest's memory.</param>
/// <param name="table">Where the table is.</param>
/// <param name="size">The number of its descriptors.</param>
/// <param name="allowsIndirect">Whether a descriptor may stand for a table of its own.</param>
internal sealed class DescriptorTable(GuestMemory memory, nint table, int size, bool allowsIndirect)
{
    private const int DescriptorSize = 16;
    private const int MostDescriptors = 1024;
    private const ushort HasNext = 1;
    private const ushort IsWritable = 2;
    private const ushort IsIndirect = 4;

    /// <summary>Reads a chain.</summary>
    /// <param name="head">The descriptor with which it begins.</param>
    /// <returns>The chain.</returns>
    /// <exception cref="VirtioException">The chain is none.</exception>
    public DescriptorChain Read(ushort head)
    {
        if (head >= size)
        {
            throw new VirtioException($"Guest says index {head} is available");
        }

        var chain = new DescriptorChain(head);
        Descriptor first = ReadDescriptor(index => table + (index * DescriptorSize), head);
        if ((first.Flags & IsIndirect) == 0)
        {
            Walk(chain, head, size, index => table + (index * DescriptorSize));
        }
        else
        {
            WalkIndirect(chain, first);
        }

        return chain;
    }

    private void WalkIndirect(DescriptorChain chain, Descriptor descriptor)
    {
        if (!allowsIndirect || descriptor.Length % DescriptorSize != 0)
        {
            throw new VirtioException("Invalid size for indirect buffer table");
        }

        int count = (int)Math.Min(descriptor.Length / DescriptorSize, MostDescriptors);
        if (count == 0)
        {
            throw new VirtioException("virtio: zero sized buffers are not allowed");
        }

        Walk(chain, 0, count, index => FindIndirect(descriptor.Address + ((ulong)index * DescriptorSize)));
    }

    private nint FindIndirect(ulong address)
    {
        List<MemorySegment> found = [];
        return memory.TryFindGuest(address, DescriptorSize, found) && found.Count == 1
            ? found[0].Address
            : throw new VirtioException("Invalid indirect buffer table");
    }

    private void Walk(DescriptorChain chain, int index, int count, Func<int, nint> find)
    {
        for (int steps = 0; ; steps++)
        {
            if (steps == count)
            {
                throw new VirtioException("Looped descriptor");
            }

            Descriptor descriptor = ReadDescriptor(find, index);
            Add(chain, descriptor);
            if ((descriptor.Flags & HasNext) == 0)
            {
                return;
            }

            index = descriptor.Next < count ? descriptor.Next : throw new VirtioException($"Desc next is {descriptor.Next}");
        }
    }

    private void Add(DescriptorChain chain, Descriptor descriptor)
    {
        bool isWritable = (descriptor.Flags & IsWritable) != 0;
        if (!isWritable && chain.Writable.Count > 0)
        {
            throw new VirtioException("Incorrect order for descriptors");
        }

        if (descriptor.Length == 0)
        {
            throw new VirtioException("virtio: zero sized buffers are not allowed");
        }

        if (!memory.TryFindGuest(descriptor.Address, descriptor.Length, isWritable ? chain.Writable : chain.Readable))
        {
            throw new VirtioException("virtio: invalid address for buffers");
        }
    }

    private static Descriptor ReadDescriptor(Func<int, nint> find, int index)
    {
        Span<byte> bytes = stackalloc byte[DescriptorSize];
        return SharedMemory.TryRead(find(index), bytes)
            ? new Descriptor(
                BinaryPrimitives.ReadUInt64LittleEndian(bytes),
                BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),
                BinaryPrimitives.ReadUInt16LittleEndian(bytes[12..]),
                BinaryPrimitives.ReadUInt16LittleEndian(bytes[14..]))
            : throw new VirtioException("read descriptor error");
    }

    private readonly record struct Descriptor(ulong Address, uint Length, ushort Flags, ushort Next);
}
