using System.Buffers;
using System.Buffers.Binary;
using QmpHost.Block.Core;

namespace QmpHost.Exports.Fuse;

/// <summary>The answer to a request of the kernel, with room for its header before the data.</summary>
internal sealed class FuseAnswer : IDisposable
{
    /// <summary>Bytes before the data.</summary>
    public const int HeaderSize = 16;

    private readonly byte[] _buffer;
    private readonly int _length;
    private readonly Errno _error;
    private readonly bool _isRented;

    private FuseAnswer(byte[] buffer, int length, Errno error, bool isRented)
    {
        _buffer = buffer;
        _length = length;
        _error = error;
        _isRented = isRented;
    }

    /// <summary>The data, for whoever makes it.</summary>
    public Memory<byte> Data => _buffer.AsMemory(HeaderSize, _length - HeaderSize);

    /// <summary>An answer without data.</summary>
    /// <returns>The answer.</returns>
    public static FuseAnswer Success() => OfSize(0);

    /// <summary>A failure.</summary>
    /// <param name="error">The error.</param>
    /// <returns>The answer.</returns>
    public static FuseAnswer Failure(Errno error) => new(new byte[HeaderSize], HeaderSize, error, isRented: false);

    /// <summary>An answer with zeroes as data, which the caller fills.</summary>
    /// <param name="size">The length of the data in bytes.</param>
    /// <returns>The answer.</returns>
    public static FuseAnswer OfSize(int size) => new(new byte[HeaderSize + size], HeaderSize + size, Errno.None, isRented: false);

    /// <summary>An answer with anything as data, which the caller fills.</summary>
    /// <param name="size">The length of the data in bytes.</param>
    /// <returns>The answer.</returns>
    public static FuseAnswer Rent(int size) => new(ArrayPool<byte>.Shared.Rent(HeaderSize + size), HeaderSize + size, Errno.None, isRented: true);

    /// <summary>Gives the bytes for the device.</summary>
    /// <param name="id">By which the answer finds the request.</param>
    /// <returns>The bytes.</returns>
    public ReadOnlySpan<byte> Finish(ulong id)
    {
        Span<byte> header = _buffer;
        BinaryPrimitives.WriteInt32LittleEndian(header, _length);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], -(int)_error);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], id);
        return header[.._length];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isRented)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }
    }
}
