using QmpHost.Machine.Devices.Types;

namespace QmpHost.Machine.Devices;

/// <summary>The types of devices as the option "-device help" lists them.</summary>
internal static class DeviceListing
{
    // In the order of QEMU's listings.
    private static readonly string[] Categories =
        ["Controller/Bridge/Hub", "USB", "Storage", "Network", "Input", "Display", "Sound", "Misc", "CPU", "Watchdog"];

    /// <summary>The types that can be added, in groups, a line each.</summary>
    internal static IEnumerable<string> List()
    {
        bool isFirst = true;
        foreach (string category in Categories)
        {
            DeviceType[] types =
            [
                .. DeviceTypes.All.Where(type => type.CanBeAdded && type.Categories.Contains(category))
                    .OrderBy(static type => type.Name, StringComparer.OrdinalIgnoreCase),
            ];
            if (types.Length == 0)
            {
                continue;
            }

            if (!isFirst)
            {
                yield return string.Empty;
            }

            isFirst = false;
            yield return $"{category} devices:";
            foreach (DeviceType type in types)
            {
                yield return Describe(type);
            }
        }
    }

    private static string Describe(DeviceType type)
    {
        string bus = type.Bus.Length > 0 ? $", bus {type.Bus}" : string.Empty;
        string alias = type.Alias is { } other ? $", alias \"{other}\"" : string.Empty;
        string description = type.Description is { } text ? $", desc \"{text}\"" : string.Empty;
        return $"name \"{type.Name}\"{bus}{alias}{description}";
    }
}
