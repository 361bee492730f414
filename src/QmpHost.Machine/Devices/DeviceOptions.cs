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
        QNum number => number.ToString(),
        _ => null,
    };
}
