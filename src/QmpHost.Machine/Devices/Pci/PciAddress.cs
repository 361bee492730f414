using System.Globalization;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>The properties that tell where a device is on a PCI bus: slot and function in one number.</summary>
internal static class PciAddress
{
    internal const int Functions = 8;
    internal const int Slots = 32;

    private const int Automatic = -1;

    internal static QomProperty Property { get; } = new()
    {
        Name = "addr",
        Type = "int32",
        Description = "Slot and optional function number, example: 06.0 or 06",
        DefaultValue = new QNum((long)Automatic),
        Get = static o => ((DeviceObject)o).Value("addr"),
        Set = static (o, reader) =>
        {
            var device = (DeviceObject)o;
            device.CheckNotRealized("addr");
            if (reader is StrictValueReader { IsNumber: true })
            {
                // Slot and function in one.
                device.Store("addr", reader.ReadInt32());
                return default;
            }

            string text = reader.ReadString();
            device.Store("addr", Parse(text) ?? throw new QmpException($"Property '{device.Class.Name}.addr' doesn't take value '{text}'"));
            return default;
        },
    };

    internal static QomProperty LegacyProperty { get; } = new()
    {
        Name = "legacy-addr",
        Type = "str",
        Get = static o =>
        {
            long address = ((DeviceObject)o).Number("addr");
            return new QString(address < 0
                ? "<unset>"
                : string.Create(CultureInfo.InvariantCulture, $"{address / Functions:x2}.{address % Functions:x}"));
        },
    };

    private static long? Parse(string text)
    {
        string[] parts = text.Split('.');
        long function = 0;
        bool valid = parts.Length <= 2
            && TryParseHex(parts[0], Slots, out long slot)
            && (parts.Length == 1 || TryParseHex(parts[1], Functions, out function));
        return valid && TryParseHex(parts[0], Slots, out slot) ? (slot * Functions) + function : null;
    }

    private static bool TryParseHex(string text, int limit, out long value)
    {
        ReadOnlySpan<char> digits = text;
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            digits = digits[2..];
        }

        return long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value) && value >= 0 && value < limit;
    }
}
