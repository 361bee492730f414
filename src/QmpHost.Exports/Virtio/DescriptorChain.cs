using QmpHost.Exports.Memory;

namespace QmpHost.Exports.Virtio;

/// <summary>A request of a guest: what it gives to read, and where it wants something written.</summary>
/// <param name="head">The descriptor with which it begins, and by which it is given back.</param>
internal sealed class DescriptorChain(ushort head)
{
    /// <summary>The descriptor with which it begins, and by which it is given back.</summary>
    public ushort Head => head;

    /// <summary>What the guest gives to read.</summary>
    public List<MemorySegment> Readable { get; } = [];

    /// <summary>Where the guest wants something written.</summary>
    public List<MemorySegment> Writable { get; } = [];
}
