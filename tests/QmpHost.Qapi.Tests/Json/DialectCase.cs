using System.Globalization;
using System.Text;
using NUnit.Framework;

namespace QmpHost.Qapi.Tests.Json;

/// <summary>One recorded input and the replies that QEMU gave to it.</summary>
public sealed record DialectCase(string Name, byte[] Input, IReadOnlyList<string> Replies)
{
    /// <summary>The malformed inputs. Behind each a byte 0xFF and a line feed were sent, so that no case depends on the next.</summary>
    public static IReadOnlyList<DialectCase> ReadAll() =>
        [.. Read("json-dialect.txt").Select(c => c with { Input = [.. c.Input, 0xFF, (byte)'\n'] })];

    public static IReadOnlyList<DialectCase> Read(string fileName)
    {
        var cases = new List<DialectCase>();
        foreach (string line in File.ReadLines(Path.Combine(TestContext.CurrentContext.TestDirectory, "Data", fileName)))
        {
            if (line.StartsWith("< ", StringComparison.Ordinal))
            {
                cases.Add(new DialectCase(line[2..], Unescape(line[2..]), new List<string>()));
            }
            else if (line.StartsWith("> ", StringComparison.Ordinal))
            {
                ((List<string>)cases[^1].Replies).Add(line[2..]);
            }
        }

        return cases;
    }

    public static byte[] Unescape(string text)
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
