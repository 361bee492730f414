using System.IO.Compression;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using ZstdSharp;

namespace QmpHost.Block.Drivers.Qcow2.IO;

/// <summary>Compresses and decompresses clusters. Keeps no state: any thread may use it.</summary>
internal static class ClusterCodec
{
    /// <summary>Compresses a cluster.</summary>
    /// <param name="method">How.</param>
    /// <param name="cluster">The data, a whole cluster.</param>
    /// <returns>The compressed data, or null if it would not be shorter.</returns>
    public static byte[]? Compress(CompressionMethod method, ReadOnlySpan<byte> cluster)
    {
        using var output = new MemoryStream(cluster.Length / 2);
        using (Stream encoder = method == CompressionMethod.Zstd
            ? new CompressionStream(output, level: Compressor.DefaultCompressionLevel, leaveOpen: true)
            : new DeflateStream(output, CompressionLevel.Optimal, leaveOpen: true))
        {
            encoder.Write(cluster);
        }

        return output.Length < cluster.Length ? output.ToArray() : null;
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
