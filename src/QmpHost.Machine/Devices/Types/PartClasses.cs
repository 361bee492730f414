using System.Collections.Concurrent;
using QmpHost.Machine.Qom;

namespace QmpHost.Machine.Devices.Types;

/// <summary>The classes of the objects inside devices, such as regions of memory. Thread safe.</summary>
internal static class PartClasses
{
    private static readonly ConcurrentDictionary<string, QomClass> Known = new(StringComparer.Ordinal);

    /// <summary>The class of a name.</summary>
    internal static QomClass Of(string name)
        => DeviceTypes.Find(name)?.Class ?? Known.GetOrAdd(name, static unknown => new QomClass(unknown, QomClass.Object));

    /// <summary>Whether objects of a type are buses.</summary>
    internal static bool IsBus(string name) => DeviceTypes.Find(name)?.IsA("bus") == true;
}
