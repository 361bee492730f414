using System.IO.Compression;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Compression;
using QmpHost.Block.Drivers.Qcow2.Format;
using ZstdSharp;

namespace QmpHost.Block.Drivers.Qcow2.IO;

/// <summary>Compresses and decompresses clusters. Keeps no state: any thread may use it.</summary>
internal static class ClusterCodec
{
    [ThreadStatic]
    private static DeflateEncoder? _encoder;

    /// <summary>Compresses a cluster.</summary>
    /// <param name="method">How.</param>
    /// <param name="cluster">The data, a whole cluster.</param>
    /// <returns>The compressed data, or null if it would not be shorter.</returns>
    public static byte[]? Compress(CompressionMethod method, ReadOnlySpan<byte> cluster)
    {
        if (method == CompressionMethod.Zstd)
        {
            // In one piece, so that the frame tells the length of its content as those of QEMU do.
            using var compressor = new Compressor(Compressor.DefaultCompressionLevel);
            Span<byte> frame = compressor.Wrap(cluster);
            return frame.Length < cluster.Length ? frame.ToArray() : null;
        }

        _encoder ??= new DeflateEncoder(windowBits: 12, memoryLevel: 9);
        ReadOnlySpan<byte> deflated = _encoder.Encode(cluster);
        return deflated.Length < cluster.Length ? deflated.ToArray() : null;
    }

    /// <summary>Decompresses a cluster.</summary>
    /// <param name="method">How it was compressed.</param>
    /// <param name="data">The compressed data; what follows it is ignored.</param>
    /// <param name="length">How many bytes of <paramref name="data"/> there may be.</param>
    /// <param name="cluster">Filled completely.</param>
    /// <exception cref="BlockIOException">EIO: the data does not give a whole cluster.</exception>
    public static void Decompress(CompressionMethod method, byte[] data, int length, Span<byte> cluster)
    {
        try
        {
            using var input = new MemoryStream(data, 0, length, writable: false);
            using Stream decoder = method == CompressionMethod.Zstd
                ? new DecompressionStream(input)
                : new DeflateStream(input, CompressionMode.Decompress);
            decoder.ReadExactly(cluster);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or ZstdException)
        {
            throw new BlockIOException(Errno.EIO, e);
        }
    }
}
