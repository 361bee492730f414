using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace QmpHost.Nbd.Tests.Wire;

/// <summary>The notation of bytes in wire scripts.</summary>
internal static class WireBytes
{
    private const ulong OptionMagic = 0x49484156454F5054;
    private const uint RequestMagic = 0x25609513;
    private const uint ExtendedRequestMagic = 0x21e41c71;
    private const int ShortestRun = 24;

    /// <summary>Bytes that a client line stands for; parts separated by | are sent together.</summary>
    public static byte[] Parse(string line)
    {
        var output = new MemoryStream();
        foreach (string part in line.Split('|', StringSplitOptions.TrimEntries))
        {
            string[] words = part.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            byte[] rest = [.. words.Skip(1 + HeaderWords(words[0])).SelectMany(ParseToken)];
            output.Write(Header(words, rest.Length));
            output.Write(rest);
        }

        return output.ToArray();
    }

    /// <summary>Server bytes as hexadecimal digits, with long runs of one byte written as BB*N.</summary>
    public static IEnumerable<string> Format(byte[] bytes)
    {
        var line = new StringBuilder();
        for (int i = 0; i < bytes.Length;)
        {
            int run = 1;
            while (i + run < bytes.Length && bytes[i + run] == bytes[i])
            {
                run++;
            }

            if (run >= ShortestRun)
            {
                if (line.Length > 0)
                {
                    yield return line.ToString();
                    line.Clear();
                }

                yield return $"{bytes[i]:x2}*{run}";
            }
            else
            {
                for (int j = 0; j < run; j++)
                {
                    line.Append(CultureInfo.InvariantCulture, $"{bytes[i]:x2}");
                    if (line.Length == 80)
                    {
                        yield return line.ToString();
                        line.Clear();
                    }
                }
            }

            i += run;
        }

        if (line.Length > 0)
        {
            yield return line.ToString();
        }
    }

    /// <summary>Reads what <see cref="Format"/> wrote.</summary>
    public static byte[] ParseServer(string line)
    {
        string[] parts = line.Split('*');
        byte[] bytes = Convert.FromHexString(parts[0]);
        return parts.Length == 1 ? bytes : [.. Enumerable.Repeat(bytes[0], int.Parse(parts[1], CultureInfo.InvariantCulture))];
    }

    private static int HeaderWords(string kind) => kind switch
    {
        "client" => 1,
        "opt" => 1,
        "req" or "xreq" => 5,
        _ => 0,
    };

    private static byte[] Header(string[] words, int length) => words[0] switch
    {
        "client" => Big(Number(words[1]), 4),
        "opt" => [.. Big(OptionMagic, 8), .. Big(Number(words[1]), 4), .. Big((ulong)length, 4)],
        "req" => [.. Big(RequestMagic, 4), .. Big(Number(words[2]), 2), .. Big(Number(words[1]), 2), .. Big(Number(words[3]), 8), .. Big(Number(words[4]), 8), .. Big(Number(words[5]), 4)],
        "xreq" => [.. Big(ExtendedRequestMagic, 4), .. Big(Number(words[2]), 2), .. Big(Number(words[1]), 2), .. Big(Number(words[3]), 8), .. Big(Number(words[4]), 8), .. Big(Number(words[5]), 8)],
        "raw" => [],
        _ => throw new FormatException(words[0]),
    };

    private static byte[] ParseToken(string token)
    {
        (string kind, string value) = token.IndexOf(':', StringComparison.Ordinal) is var colon and >= 0
            ? (token[..colon], token[(colon + 1)..])
            : throw new FormatException(token);
        return kind switch
        {
            "16" => Big(Number(value), 2),
            "32" => Big(Number(value), 4),
            "64" => Big(Number(value), 8),
            "hex" => Convert.FromHexString(value),
            "str" => Text(value),
            "name" => [.. Big((ulong)Text(value).Length, 4), .. Text(value)],
            "fill" => ParseServer(value),
            _ => throw new FormatException(token),
        };
    }

    private static byte[] Text(string value)
    {
        string[] parts = value.Split('*');
        return parts.Length == 1
            ? Encoding.UTF8.GetBytes(value)
            : Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture))));
    }

    private static ulong Number(string value) => value.StartsWith("0x", StringComparison.Ordinal)
        ? ulong.Parse(value.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : ulong.Parse(value, CultureInfo.InvariantCulture);

    private static byte[] Big(ulong value, int size)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes[(8 - size)..];
    }
}
