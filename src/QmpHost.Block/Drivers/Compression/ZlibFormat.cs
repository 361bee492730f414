using System.Buffers.Binary;

namespace QmpHost.Block.Drivers.Compression;

/// <summary>Writes deflated data in the format of zlib (RFC 1950), as its function for whole buffers does. Keeps no state.</summary>
internal static class ZlibFormat
{
    private const uint AdlerModulus = 65521;

    // So many bytes can be summed before the sums might not fit.
    private const int AdlerRun = 5552;

    [ThreadStatic]
    private static DeflateEncoder? _encoder;

    /// <summary>Compresses data.</summary>
    public static byte[] Compress(ReadOnlySpan<byte> data)
    {
        _encoder ??= new DeflateEncoder(windowBits: 15, memoryLevel: 8);
        ReadOnlySpan<byte> deflated = _encoder.Encode(data);
        byte[] bytes = new byte[2 + deflated.Length + sizeof(uint)];
        (bytes[0], bytes[1]) = (0x78, 0x9c);
        deflated.CopyTo(bytes.AsSpan(2));
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(2 + deflated.Length), Adler32(data));
        return bytes;
    }

    private static uint Adler32(ReadOnlySpan<byte> data)
    {
        uint low = 1;
        uint high = 0;
        while (!data.IsEmpty)
        {
            ReadOnlySpan<byte> run = data[..Math.Min(data.Length, AdlerRun)];
            data = data[run.Length..];
            foreach (byte value in run)
            {
                low += value;
                high += low;
            }

            low %= AdlerModulus;
            high %= AdlerModulus;
        }

        return (high << 16) | low;
    }
}
