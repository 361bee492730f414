using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Vmdk;

/// <summary>A part of the disk. Offsets are within the part.</summary>
internal abstract class VmdkExtent
{
    /// <summary>Length in bytes.</summary>
    public required long Length { get; init; }

    /// <summary>Unit of allocation in bytes, or 0.</summary>
    public virtual long GrainBytes => 0;

    /// <summary>Whether zeroes can be marked instead of written.</summary>
    public virtual bool HasZeroGrains => false;

    /// <summary>Finds data.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">How far to look, in bytes.</param>
    /// <returns>The state of an area that starts at <paramref name="offset"/>; no flags at all for what has no place here.</returns>
    public abstract ValueTask<BlockStatus> FindAsync(long offset, long bytes);

    /// <summary>Reads an area of which <see cref="FindAsync"/> says that it is data.</summary>
    public abstract ValueTask ReadAsync(long offset, Memory<byte> buffer);

    /// <summary>Writes.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="buffer">What to write.</param>
    /// <param name="readBelow">Reads what lies below, by offset and buffer, for the rest of what must be allocated.</param>
    public abstract ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, Func<long, Memory<byte>, ValueTask> readBelow);

    /// <summary>Marks whole grains as zero.</summary>
    /// <exception cref="Core.BlockIOException">ENOTSUP where that cannot be.</exception>
    public virtual ValueTask ZeroAsync(long offset, long bytes) => throw new Core.BlockIOException(Core.Errno.ENOTSUP);

    /// <summary>What listings show.</summary>
    public abstract ImageInfo Describe();
}
