using System.Buffers;
using System.Runtime.InteropServices;
using QmpHost.Net.Transports;

namespace QmpHost.Nbd.Transport;

/// <summary>
/// A payload buffer outside of the managed heap. Data starts on a page, as direct I/O wants it, and has room in front for the
/// header of a reply, so that both leave in one send. Pages that are never touched cost nothing.
/// </summary>
internal sealed unsafe class NbdBuffer : MemoryManager<byte>
{
    /// <summary>Room in front of the data, in bytes.</summary>
    public const int Headroom = 4096;

    private byte* _start;

    /// <summary>Allocates a buffer.</summary>
    /// <param name="capacity">Bytes of data that it can hold.</param>
    public NbdBuffer(int capacity)
    {
        Capacity = capacity;
        _start = (byte*)NativeMemory.AlignedAlloc((nuint)(Headroom + capacity), Headroom);
    }

    /// <summary>Bytes of data that the buffer can hold.</summary>
    public int Capacity { get; }

    /// <summary>The data, without the room in front.</summary>
    /// <param name="length">Its length in bytes.</param>
    /// <returns>The first <paramref name="length"/> bytes of data.</returns>
    public Memory<byte> Data(int length) => CreateMemory(Headroom, length);

    /// <summary>A part of the data, which may reach into the room in front.</summary>
    /// <param name="start">Start relative to the data; negative in the room in front.</param>
    /// <param name="length">Length in bytes.</param>
    /// <returns>The part.</returns>
    public Memory<byte> Slice(int start, int length) => CreateMemory(Headroom + start, length);

    /// <inheritdoc/>
    public override Span<byte> GetSpan() => new(_start, Headroom + Capacity);

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0) => new(_start + elementIndex);

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_start != null)
        {
            NativeMemory.AlignedFree(_start);
            _start = null;
        }
    }
}
