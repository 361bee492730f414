namespace QmpHost.Protocol.Chardev;

/// <summary>The last bytes that a device got, until somebody reads them. Thread safe.</summary>
public sealed class RingBuffer
{
    /// <summary>The usual size, in bytes.</summary>
    public const int DefaultSize = 65536;

    private readonly Lock _lock = new();
    private readonly byte[] _bytes;
    private long _written;
    private long _read;

    /// <summary>Makes an empty buffer.</summary>
    /// <param name="size">How many bytes it holds, a power of two.</param>
    public RingBuffer(int size) => _bytes = new byte[size];

    /// <summary>Appends bytes; the oldest ones give way.</summary>
    /// <param name="bytes">The bytes.</param>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            foreach (byte b in bytes)
            {
                _bytes[_written++ & (_bytes.Length - 1)] = b;
            }

            _read = Math.Max(_read, _written - _bytes.Length);
        }
    }

    /// <summary>Takes the oldest bytes out.</summary>
    /// <param name="most">How many at most.</param>
    /// <returns>The bytes; none if there are none.</returns>
    public byte[] Read(int most)
    {
        lock (_lock)
        {
            var taken = new byte[Math.Min(most, _written - _read)];
            for (int i = 0; i < taken.Length; i++)
            {
                taken[i] = _bytes[_read++ & (_bytes.Length - 1)];
            }

            return taken;
        }
    }
}
