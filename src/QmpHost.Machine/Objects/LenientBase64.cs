using QmpHost.Qapi;

namespace QmpHost.Machine.Objects;

/// <summary>Base64 as QEMU takes it: only letters of the alphabet and padding, but padding need not be complete or last.</summary>
public static class LenientBase64
{
    /// <summary>Decodes a text; line feeds and trailing bits that make no byte are dropped.</summary>
    /// <exception cref="QmpException">It has other characters.</exception>
    public static byte[] Decode(string text)
    {
        var bytes = new List<byte>(text.Length * 3 / 4);
        uint bits = 0;
        int count = 0;
        foreach (char c in text)
        {
            if (c == '\n')
            {
                continue;
            }

            int value = ValueOf(c);
            if (value < 0)
            {
                throw new QmpException("Base64 data contains invalid characters");
            }

            if (c == '=')
            {
                continue;
            }

            bits = bits << 6 | (uint)value;
            count += 6;
            if (count >= 8)
            {
                count -= 8;
                bytes.Add((byte)(bits >> count));
            }
        }

        return [.. bytes];
    }

    private static int ValueOf(char c) => c switch
    {
        >= 'A' and <= 'Z' => c - 'A',
        >= 'a' and <= 'z' => c - 'a' + 26,
        >= '0' and <= '9' => c - '0' + 52,
        '+' => 62,
        '/' => 63,
        '=' => 0,
        _ => -1,
    };
}
