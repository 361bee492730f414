using System.Globalization;
using System.Text;
using QmpHost.Qapi;

namespace QmpHost.Commands.QemuIo;

/// <summary>What a format tells of an image beyond the ordinary, as an indented text.</summary>
internal static class FormatSpecificText
{
    private const int IndentWidth = 4;

    /// <summary>Writes it.</summary>
    /// <param name="text">What is written to.</param>
    /// <param name="value">What the format tells.</param>
    public static void Append(StringBuilder text, QObject value) => Append(text, value, 1);

    private static void Append(StringBuilder text, QObject value, int depth)
    {
        switch (value)
        {
            case QDict dict:
                foreach ((string name, QObject member) in dict)
                {
                    Append(text, name.Replace('-', ' '), member, depth);
                }

                break;
            case QList list:
                for (int i = 0; i < list.Count; i++)
                {
                    Append(text, string.Create(CultureInfo.InvariantCulture, $"[{i}]"), list[i], depth);
                }

                break;
            default:
                text.Append(value is QString s ? s.Value : value.ToString()).Append('\n');
                break;
        }
    }

    private static void Append(StringBuilder text, string title, QObject value, int depth)
    {
        text.Append(' ', depth * IndentWidth).Append(title).Append(':').Append(value is QDict or QList ? '\n' : ' ');
        Append(text, value, depth + 1);
    }
}
