using System.Buffers.Binary;

namespace QmpHost.Nbd.Server;

/// <summary>Collects extents, joining neighbours of equal value, up to a number of extents.</summary>
/// <param name="capacity">The most extents.</param>
internal sealed class NbdExtentList(int capacity)
{
    private readonly List<(uint Length, uint Value)> _extents = [];

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
            _extents[^1] = (_extents[^1].Length + (uint)length, value);
            return true;
        }

        if (_extents.Count == capacity)
        {
            return false;
        }

        _extents.Add(((uint)length, value));
        return true;
    }

    /// <summary>Writes the extents as they go over the wire.</summary>
    /// <param name="destination">Eight bytes for each extent.</param>
    public void WriteTo(Span<byte> destination)
    {
        foreach ((uint length, uint value) in _extents)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, length);
            BinaryPrimitives.WriteUInt32BigEndian(destination[4..], value);
            destination = destination[8..];
        }
    }
}
