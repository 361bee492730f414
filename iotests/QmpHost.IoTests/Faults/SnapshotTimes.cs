using System.Buffers.Binary;
using System.Diagnostics;

namespace QmpHost.IoTests.Faults;

/// <summary>
/// Reads images without the times at which snapshots were taken since this program began. Those of stored images are older, whenever
/// they are read: a recording of them does not age.
/// </summary>
internal static class SnapshotTimes
{
    private const int Most = 8 << 20;

    private static readonly uint Began = (uint)new DateTimeOffset(Process.GetCurrentProcess().StartTime).ToUnixTimeSeconds();

    /// <summary>Reads a file; in place of such times there are zeroes.</summary>
    public static byte[] Read(string path)
    {
        byte[] bytes = ReadStart(path);
        uint now = (uint)DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        for (int i = 0; i + 8 <= bytes.Length; i += 8)
        {
            uint value = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(i));
            if (value >= Began && value <= now + 1)
            {
                bytes.AsSpan(i, 8).Clear();
            }
        }

        return bytes;
    }

    // Offsets out of nowhere make files with holes of any size: of those the start and the length.
    private static byte[] ReadStart(string path)
    {
        using FileStream file = File.OpenRead(path);
        byte[] bytes = new byte[Math.Min(file.Length, Most)];
        file.ReadExactly(bytes);
        return file.Length <= Most ? bytes : [.. bytes, .. BitConverter.GetBytes(file.Length)];
    }
}
