using QmpHost.Block.Core;

namespace QmpHost.Block.Tests.Copy;

/// <summary>The contents behind a node of <see cref="MemoryDriver"/>, and what was done to it.</summary>
internal sealed class MemoryDisk(int length)
{
    public byte[] Content { get; } = new byte[length];

    public int Reads { get; set; }

    public int Writes { get; set; }

    public List<(long Offset, long Bytes)> Discards { get; } = [];

    /// <summary>Which clusters the disk's own layer holds; null for all.</summary>
    public bool[]? Allocated { get; set; }

    /// <summary>Decides whether a request fails, and how.</summary>
    public Func<bool, long, long, Errno>? Fault { get; set; }
}
