using QmpHost.Exports.Memory;
using QmpHost.Exports.Virtio;

namespace QmpHost.Exports.VhostUser;

/// <summary>What a front end says of the guest's memory.</summary>
internal static class MemoryMessages
{
    private const int RegionSize = 32;
    private const int HeaderSize = 8;

    /// <summary>Reads a description of the whole memory.</summary>
    /// <param name="message">The message.</param>
    /// <returns>The memory.</returns>
    /// <exception cref="VirtioException">It is none, or cannot be mapped.</exception>
    public static GuestMemory ReadTable(VhostUserMessage message)
    {
        uint count = message.ReadUInt32(0);
        if (count > VhostUserProtocol.MostTableRegions || count > message.DescriptorCount)
        {
            throw new VirtioException($"Invalid number of memory regions {count}");
        }

        List<MappedRegion> regions = [];
        try
        {
            for (int i = 0; i < count; i++)
            {
                regions.Add(Map(message, HeaderSize + (i * RegionSize), i));
            }
        }
        catch (VirtioException)
        {
            regions.ForEach(static region => region.Unmap());
            throw;
        }

        return GuestMemory.Of(regions);
    }

    /// <summary>Adds a region.</summary>
    /// <param name="message">The message.</param>
    /// <param name="memory">The memory so far.</param>
    /// <returns>The memory with the region.</returns>
    /// <exception cref="VirtioException">It is none, cannot be mapped, or there are too many.</exception>
    public static GuestMemory Add(VhostUserMessage message, GuestMemory memory)
        => memory.Count < VhostUserProtocol.MostRegions
            ? memory.With(Map(message, HeaderSize, 0))
            : throw new VirtioException("failing attempt to hot add memory via VHOST_USER_ADD_MEM_REG message because the backend has no free ram slots available");

    /// <summary>Removes a region.</summary>
    /// <param name="message">The message.</param>
    /// <param name="memory">The memory so far.</param>
    /// <returns>The memory without the region.</returns>
    /// <exception cref="VirtioException">There is no such region.</exception>
    public static GuestMemory Remove(VhostUserMessage message, GuestMemory memory)
        => memory.Without(message.ReadUInt64(HeaderSize), message.ReadUInt64(HeaderSize + 8), message.ReadUInt64(HeaderSize + 16))
            ?? throw new VirtioException("Specified region not found");

    // Guest address, length, front end's address, offset in the file.
    private static MappedRegion Map(VhostUserMessage message, int offset, int descriptor)
        => MappedRegion.TryMap(
            message.Descriptor(descriptor),
            message.ReadUInt64(offset),
            message.ReadUInt64(offset + 8),
            message.ReadUInt64(offset + 16),
            message.ReadUInt64(offset + 24)) ?? throw new VirtioException("region mmap error");
}
