using System.Buffers;
using System.Text;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>The arguments of device_add as the texts that the command line would have.</summary>
internal static class DeviceOptions
{
    internal static Dictionary<string, string> ToTexts(QDict options)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, QObject value) in options)
        {
            if (ToText(value) is { } text)
            {
                texts[name] = text;
            }
        }

        return texts;
    }

    private static string? ToText(QObject value) => value switch
    {
        QString text => text.Value,
        QBool flag => flag.Value ? "on" : "off",
        QNum number => NumberText(number),
        _ => null,
    };

    private static string NumberText(QNum number)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new QapiWriter(buffer);
        writer.WriteObject(number);
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
