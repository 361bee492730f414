using System.Buffers.Binary;
using QmpHost.Nbd.Protocol;

namespace QmpHost.Nbd.Server;

/// <summary>Collects extents, joining neighbours of equal value, up to a number of extents.</summary>
/// <param name="capacity">The most extents.</param>
internal sealed class NbdExtentList(int capacity)
{
    private readonly List<(long Length, uint Value)> _extents = [];

    /// <summary>The number of extents.</summary>
    public int Count => _extents.Count;

    /// <summary>Adds an extent behind the others.</summary>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="value">Its value.</param>
    /// <returns>False when there is no room for it.</returns>
    public bool TryAdd(long length, uint value)
    {
        if (_extents.Count > 0 && _extents[^1].Value == value)
        {
            _extents[^1] = (_extents[^1].Length + length, value);
            return true;
        }

        if (_extents.Count == capacity)
        {
            return false;
        }

        _extents.Add((length, value));
        return true;
    }

    /// <summary>Bytes of an extent as it goes over the wire.</summary>
    /// <param name="framing">How messages are framed.</param>
    /// <returns>The size in bytes.</returns>
    public static int ExtentSize(NbdFraming framing) => framing == NbdFraming.Extended ? 16 : 8;

    /// <summary>Writes the extents as they go over the wire.</summary>
    /// <param name="destination"><see cref="ExtentSize"/> bytes for each extent.</param>
    /// <param name="framing">How messages are framed.</param>
    public void WriteTo(Span<byte> destination, NbdFraming framing)
    {
        foreach ((long length, uint value) in _extents)
        {
            if (framing == NbdFraming.Extended)
            {
                BinaryPrimitives.WriteInt64BigEndian(destination, length);
                BinaryPrimitives.WriteUInt64BigEndian(destination[8..], value);
            }
            else
            {
                BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)length);
                BinaryPrimitives.WriteUInt32BigEndian(destination[4..], value);
            }

            destination = destination[ExtentSize(framing)..];
        }
    }
}
