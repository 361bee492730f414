using QmpHost.Block.Graph.Requests;

namespace QmpHost.Block.Graph;

/// <summary>How a request is to be carried out.</summary>
[Flags]
public enum RequestFlags
{
    /// <summary>No special wishes.</summary>
    None = 0,

    /// <summary>Data read from the backing chain is written to the top.</summary>
    CopyOnRead = 1,

    /// <summary>A zero write may unmap.</summary>
    MayUnmap = 4,

    /// <summary>The write is stable when it completes (force unit access).</summary>
    Fua = 16,

    /// <summary>The write is compressed by the format.</summary>
    WriteCompressed = 32,

    /// <summary>The write does not change what is read.</summary>
    WriteUnchanged = 64,

    /// <summary>The request excludes every overlapping one.</summary>
    Serialising = 128,

    /// <summary>A zero write fails with ENOTSUP rather than writing zeroes as data.</summary>
    NoFallback = 256,

    /// <summary>A read that only populates (copy-on-read without a buffer).</summary>
    Prefetch = 512,

    /// <summary>A serialising request fails with EBUSY rather than waiting.</summary>
    NoWait = 1024,
}
