using System.Globalization;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>The property "mac" of network cards: six bytes in hexadecimal, parted by colons.</summary>
internal static class MacAddress
{
    private const string Unset = "00:00:00:00:00:00";
    private const int Bytes = 6;

    internal static QomProperty Property(string? description) => new()
    {
        Name = "mac",
        Type = "str",
        Description = description,
        Get = static o => ((DeviceObject)o).TryGetStored("mac") ?? new QString(Unset),
        Set = static (o, reader) =>
        {
            var device = (DeviceObject)o;
            device.CheckNotRealized("mac");
            string text = reader.ReadString();
            device.Store("mac", new QString(Parse(text) ?? throw new QmpException($"Property '{device.Class.Name}.mac' doesn't take value '{text}'")));
            return default;
        },
    };

    /// <summary>Gives a device that has no address one of those that QEMU gives in turn.</summary>
    internal static void GiveDefault(DeviceObject device, DeviceContext context)
    {
        if (device.TryGetStored("mac") is null)
        {
            device.Store("mac", new QString(string.Create(CultureInfo.InvariantCulture, $"52:54:00:12:34:{context.NextMacAddress():x2}")));
        }
    }

    private static string? Parse(string text)
    {
        string[] parts = text.Split(':', '-');
        return parts.Length == Bytes && parts.All(static part => part.Length is 1 or 2 && part.All(char.IsAsciiHexDigit))
            ? string.Join(':', parts.Select(static part => part.PadLeft(2, '0').ToLowerInvariant()))
            : null;
    }
}
