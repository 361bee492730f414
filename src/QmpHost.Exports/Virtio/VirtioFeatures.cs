namespace QmpHost.Exports.Virtio;

/// <summary>Bits by which the two sides of a virtio device agree on what they use.</summary>
[Flags]
internal enum VirtioFeatures : ulong
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The device tells how many segments a request may have.</summary>
    SegmentsMax = 1UL << 2,

    /// <summary>The device cannot be written to.</summary>
    ReadOnly = 1UL << 5,

    /// <summary>The device tells the size of its blocks.</summary>
    BlockSize = 1UL << 6,

    /// <summary>The device has a write cache, and requests to flush it.</summary>
    Flush = 1UL << 9,

    /// <summary>The device tells which sizes it likes.</summary>
    Topology = 1UL << 10,

    /// <summary>The write cache can be switched.</summary>
    ConfigurableCache = 1UL << 11,

    /// <summary>There may be several queues.</summary>
    MultipleQueues = 1UL << 12,

    /// <summary>There are requests to discard.</summary>
    Discard = 1UL << 13,

    /// <summary>There are requests to write zeroes.</summary>
    WriteZeroes = 1UL << 14,

    /// <summary>The device tells how long a segment may be.</summary>
    SizeMax = 1UL << 1,

    /// <summary>The guest is told when the device has no more requests to take, even if it wants to be left in peace.</summary>
    NotifyOnEmpty = 1UL << 24,

    /// <summary>A descriptor may stand for a table of descriptors.</summary>
    IndirectDescriptors = 1UL << 28,

    /// <summary>Each side says at which index it wants to be told next.</summary>
    EventIndex = 1UL << 29,

    /// <summary>vhost-user: there are further features of the protocol itself.</summary>
    Protocol = 1UL << 30,

    /// <summary>The device is one of version 1.</summary>
    Version1 = 1UL << 32,
}
