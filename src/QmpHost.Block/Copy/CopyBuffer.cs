using System.Diagnostics;

namespace QmpHost.Block.Copy;

/// <summary>One buffer of a <see cref="CopyBufferPool"/>.</summary>
/// <param name="size">Its size in bytes.</param>
internal sealed class CopyBuffer(int size)
{
    private long _takenAt;

    /// <summary>The memory; it does not move.</summary>
    public byte[] Data { get; } = GC.AllocateUninitializedArray<byte>(size, pinned: true);

    /// <summary>How long the buffer has been in use.</summary>
    public TimeSpan TimeInUse => Stopwatch.GetElapsedTime(_takenAt);

    /// <summary>Notes that the buffer is taken now.</summary>
    public void Take() => _takenAt = Stopwatch.GetTimestamp();
}
