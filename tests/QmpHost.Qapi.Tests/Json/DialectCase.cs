using System.Globalization;
using System.Text;
using NUnit.Framework;

namespace QmpHost.Qapi.Tests.Json;

/// <summary>One recorded input and the replies that QEMU gave to it.</summary>
public sealed record DialectCase(string Name, byte[] Input, IReadOnlyList<string> Replies)
{
    public static IReadOnlyList<DialectCase> ReadAll()
    {
        var cases = new List<DialectCase>();
        foreach (string line in File.ReadLines(Path.Combine(TestContext.CurrentContext.TestDirectory, "Data", "json-dialect.txt")))
        {
            if (line.StartsWith("< ", StringComparison.Ordinal))
            {
                cases.Add(new DialectCase(line[2..], [.. Unescape(line[2..]), 0xFF, (byte)'\n'], new List<string>()));
            }
            else if (line.StartsWith("> ", StringComparison.Ordinal))
            {
                ((List<string>)cases[^1].Replies).Add(line[2..]);
            }
        }

        return cases;
    }

    private static byte[] Unescape(string text)
    {
        var bytes = new List<byte>();
        for (int at = 0; at < text.Length; at++)
        {
            if (text[at] != '\\')
            {
                bytes.Add((byte)text[at]);
            }
            else if (text[at + 1] == '\\')
            {
                bytes.Add((byte)'\\');
                at++;
            }
            else
            {
                bytes.Add(byte.Parse(text.AsSpan(at + 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                at += 3;
            }
        }

        return [.. bytes];
    }
}
