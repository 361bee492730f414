using System.Text;
using NUnit.Framework;

namespace QmpHost.Fuzz;

/// <summary>Makes byte streams that a monitor may get: requests of recorded sessions, whole, mixed and mutated, and noise.</summary>
public sealed class ByteStreams
{
    private static readonly byte[][] Pieces =
    [
        .. new[]
        {
            "{", "}", "[", "]", ",", ":", "\"", "'", "\\", "\\u", "\\ud800", "null", "true", "-", "0", "1e999", "9223372036854775808", "-1", "18446744073709551615",
            "{\"execute\": ", "\"exec-oob\": ", "\"arguments\": {", "\"id\": ", "\"driver\": \"null-co\"", "\"node-name\": \"n\"", "\"job-id\": \"j\"", "\n", " ",
        }.Select(Encoding.ASCII.GetBytes),
        [0xFF], [0x00], [0x1B], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98, 0x80], [0xC0, 0x80],
    ];

    // What these ask for holds up all requests that follow for as long as they say, as it should; here it would look like a hang.
    private static readonly string[] Waiting = ["sleep", "open-timeout", "reconnect-delay", "wait_break", "\"break "];

    private readonly byte[][] _requests;

    private ByteStreams(byte[][] requests) => _requests = requests;

    /// <summary>Reads the requests of the recorded sessions.</summary>
    /// <param name="directory">A directory in which the requests may make files.</param>
    public static ByteStreams Load(string directory)
    {
        string root = Path.Combine(TestContext.CurrentContext.TestDirectory, "Sessions");
        IEnumerable<string> lines = Directory.EnumerateFiles(root, "*.transcript", SearchOption.AllDirectories).Order(StringComparer.Ordinal).SelectMany(File.ReadLines);

        byte[][] requests =
        [
            .. lines.Where(l => l.StartsWith("-> ", StringComparison.Ordinal) && !Waiting.Any(word => l.Contains(word, StringComparison.Ordinal)))
                .Select(l => l[3..].Replace("TEST_DIR", directory, StringComparison.Ordinal))
                .Distinct()
                .Select(Encoding.UTF8.GetBytes),
        ];
        Assert.That(requests, Has.Length.GreaterThan(500), "recorded requests");
        return new ByteStreams(requests);
    }

    /// <summary>Makes a stream.</summary>
    public byte[] Make(Random random)
    {
        var stream = new List<byte>();
        if (random.Next(8) != 0)
        {
            stream.AddRange(Encoding.ASCII.GetBytes(
                random.Next(2) == 0 ? "{'execute': 'qmp_capabilities'}" : "{'execute': 'qmp_capabilities', 'arguments': {'enable': ['oob']}}"));
        }

        for (int left = random.Next(1, 30); left > 0; left--)
        {
            stream.AddRange(Part(random));
        }

        return [.. stream];
    }

    private byte[] Part(Random random)
    {
        switch (random.Next(10))
        {
            case 0:
                var noise = new byte[random.Next(1, 200)];
                random.NextBytes(noise);
                return noise;
            case 1:
                return Pieces[random.Next(Pieces.Length)];
            case 2:
                // Deep, or long.
                byte[] piece = Pieces[random.Next(Pieces.Length)];
                return [.. Enumerable.Repeat(piece, random.Next(1, 3000)).SelectMany(p => p)];
            case 3 or 4 or 5:
                return Mutate(_requests[random.Next(_requests.Length)], random);
            default:
                return _requests[random.Next(_requests.Length)];
        }
    }

    private byte[] Mutate(byte[] request, Random random)
    {
        var bytes = new List<byte>(request);
        for (int left = random.Next(1, 5); left > 0; left--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 10), bytes.Count - at - 1));
                    break;
                case 2:
                    bytes.InsertRange(at, Pieces[random.Next(Pieces.Length)]);
                    break;
                case 3:
                    // The head of one request, the tail of another.
                    byte[] other = _requests[random.Next(_requests.Length)];
                    bytes.RemoveRange(at, bytes.Count - at);
                    bytes.AddRange(other.AsSpan(random.Next(other.Length)));
                    break;
                case 4:
                    ReplaceNumber(bytes, random);
                    break;
                default:
                    int length = Math.Min(random.Next(1, 40), bytes.Count - at);
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
            }

            if (bytes.Count == 0)
            {
                bytes.Add((byte)'{');
            }
        }

        return [.. bytes];
    }

    private static void ReplaceNumber(List<byte> bytes, Random random)
    {
        int at = bytes.FindIndex(random.Next(bytes.Count), b => b is >= (byte)'0' and <= (byte)'9');
        if (at < 0)
        {
            return;
        }

        int end = bytes.FindIndex(at, b => b is < (byte)'0' or > (byte)'9');
        bytes.RemoveRange(at, (end < 0 ? bytes.Count : end) - at);
        string[] numbers = ["0", "1", "511", "512", "4096", "65536", "2147483648", "4294967295", "9223372036854775807", "18446744073709551615", "-1", "1.5", "1e30"];
        bytes.InsertRange(at, Encoding.ASCII.GetBytes(numbers[random.Next(numbers.Length)]));
    }
}
