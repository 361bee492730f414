using System.Globalization;
using System.Text;

namespace QmpHost.Commands.QemuIo;

/// <summary>Prints what was read, sixteen bytes a line.</summary>
internal static class HexDump
{
    private const int BytesPerLine = 16;

    /// <summary>Prints a buffer.</summary>
    /// <param name="context">The outputs.</param>
    /// <param name="buffer">The bytes.</param>
    /// <param name="offset">The disk offset of the first byte.</param>
    public static void Print(QemuIoContext context, ReadOnlySpan<byte> buffer, long offset)
    {
        var line = new StringBuilder();
        for (int i = 0; i < buffer.Length; i += BytesPerLine)
        {
            ReadOnlySpan<byte> part = buffer.Slice(i, Math.Min(BytesPerLine, buffer.Length - i));
            line.Clear().Append(CultureInfo.InvariantCulture, $"{offset + i:x8}:  ");
            foreach (byte b in part)
            {
                line.Append(CultureInfo.InvariantCulture, $"{b:x2} ");
            }

            line.Append(' ');
            foreach (byte b in part)
            {
                line.Append(char.IsAsciiLetterOrDigit((char)b) ? (char)b : '.');
            }

            context.Print(line.ToString());
        }
    }
}
