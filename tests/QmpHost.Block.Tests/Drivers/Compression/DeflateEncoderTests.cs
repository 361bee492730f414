using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using NUnit.Framework;
using QmpHost.Block.Drivers.Compression;

namespace QmpHost.Block.Tests.Drivers.Compression;

/// <summary>
/// Deflated data is, byte for byte, what zlib 1.2.13 made of the same data: <c>deflated.txt</c> has kind, seed and length of the
/// data, window bits and memory level, then length and start of the SHA-256 of what zlib gave.
/// </summary>
public class DeflateEncoderTests
{
    private static readonly int[] Alphabets = [2, 5, 30, 256];

    private static string[] Recorded => File.ReadAllLines(Path.Combine(TestContext.CurrentContext.TestDirectory, "Drivers", "Compression", "Data", "deflated.txt"));

    [Test]
    public void GivesTheBytesOfZlib()
    {
        var wrong = new List<string>();
        foreach (string line in Recorded)
        {
            string[] words = line.Split(' ');
            int[] values = [.. words[..6].Select(static word => int.Parse(word, CultureInfo.InvariantCulture))];
            byte[] data = MakeData(values[0], (uint)values[1], values[2]);
            byte[] deflated = new DeflateEncoder(values[3], values[4]).Encode(data).ToArray();
            if (deflated.Length != values[5] || !Convert.ToHexStringLower(SHA256.HashData(deflated)).StartsWith(words[6], StringComparison.Ordinal))
            {
                wrong.Add($"{line}: {deflated.Length} bytes");
            }
        }

        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void IsInflatedToTheSameData([Range(0, 2)] int kind, [Values(0, 1, 511, 70_000)] int length)
    {
        byte[] data = MakeData(kind, 7, length);
        var encoder = new DeflateEncoder(windowBits: 12, memoryLevel: 9);
        encoder.Encode(MakeData(1, 3, 9000));
        using var stream = new DeflateStream(new MemoryStream(encoder.Encode(data).ToArray()), CompressionMode.Decompress);
        var inflated = new MemoryStream();
        stream.CopyTo(inflated);
        Assert.That(inflated.ToArray(), Is.EqualTo(data));
    }

    [Test]
    public void FormatOfZlibIsReadBack([Values(0, 1, 6000, 70_000)] int length)
    {
        byte[] data = MakeData(1, 11, length);
        using var stream = new ZLibStream(new MemoryStream(ZlibFormat.Compress(data)), CompressionMode.Decompress);
        var inflated = new MemoryStream();
        stream.CopyTo(inflated);
        Assert.That(inflated.ToArray(), Is.EqualTo(data));
    }

    private static byte[] MakeData(int kind, uint seed, int length)
    {
        uint state = seed;
        var data = new List<byte>(length + 5000);
        while (data.Count < length)
        {
            if (kind == 0)
            {
                data.Add((byte)(Next() % Alphabets[seed % 4]));
            }
            else if (kind == 2)
            {
                byte value = (byte)Next();
                data.AddRange(Enumerable.Repeat(value, 1 + (Next() % 5000)));
            }
            else if (data.Count > 0 && Next() % 3 != 0)
            {
                int back = Next();
                back = 1 + (back % Math.Min(data.Count, 1 << (1 + (Next() % 16))));
                int count = Next();
                count = 1 + (count % (1 << (1 + (Next() % 9))));
                for (int i = 0; i < count; i++)
                {
                    data.Add(data[^back]);
                }
            }
            else
            {
                int count = 1 + (Next() % 40);
                for (int i = 0; i < count; i++)
                {
                    data.Add((byte)Next());
                }
            }
        }

        return [.. data.Take(length)];

        int Next()
        {
            state = unchecked((state * 1664525) + 1013904223);
            return (int)(state >> 16);
        }
    }
}
