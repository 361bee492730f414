using System.Numerics;
using QmpHost.Net.Transports;

namespace QmpHost.Nbd.Transport;

/// <summary>Keeps payload buffers for reuse, by size class; what it keeps is bounded.</summary>
/// <remarks>All members may be used from any thread.</remarks>
internal sealed class NbdBufferPool
{
    private const int SmallestClass = 12;
    private const int LargestKeptClass = 21;
    private const int LargestClass = 26;
    private const int KeptBytesPerClass = 16 * 1024 * 1024;

    private readonly Stack<NbdBuffer>[] _classes = new Stack<NbdBuffer>[LargestKeptClass - SmallestClass + 1];

    /// <summary>Makes an empty pool.</summary>
    public NbdBufferPool()
    {
        for (int i = 0; i < _classes.Length; i++)
        {
            _classes[i] = new Stack<NbdBuffer>();
        }
    }

    /// <summary>The pool of the process.</summary>
    public static NbdBufferPool Shared { get; } = new();

    /// <summary>Takes a buffer; its contents are arbitrary.</summary>
    /// <param name="size">Bytes of data that it must hold.</param>
    /// <returns>The buffer, to be given back with <see cref="Return"/>.</returns>
    public NbdBuffer Rent(int size)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, 1 << LargestClass);
        int sizeClass = Math.Max(SmallestClass, 32 - BitOperations.LeadingZeroCount((uint)Math.Max(size - 1, 0)));
        if (sizeClass <= LargestKeptClass)
        {
            Stack<NbdBuffer> kept = _classes[sizeClass - SmallestClass];
            lock (kept)
            {
                if (kept.TryPop(out NbdBuffer? buffer))
                {
                    return buffer;
                }
            }

            return new NbdBuffer(1 << sizeClass);
        }

        return new NbdBuffer(size);
    }

    /// <summary>Gives a buffer back.</summary>
    /// <param name="buffer">The buffer; not used any more by the caller.</param>
    public void Return(NbdBuffer buffer)
    {
        if (buffer.Capacity <= 1 << LargestKeptClass)
        {
            Stack<NbdBuffer> kept = _classes[BitOperations.Log2((uint)buffer.Capacity) - SmallestClass];
            lock (kept)
            {
                if (kept.Count < Math.Max(4, KeptBytesPerClass / buffer.Capacity))
                {
                    kept.Push(buffer);
                    return;
                }
            }
        }

        ((IDisposable)buffer).Dispose();
    }
}
