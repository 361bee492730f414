using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>A value that all devices of a type begin with, as the command line gives it.</summary>
/// <param name="Driver">The type, or one that it extends.</param>
/// <param name="Property">The property.</param>
/// <param name="Value">The value as text.</param>
public sealed record GlobalProperty(string Driver, string Property, string Value)
{
    /// <summary>Gives a device the value if it is of the type.</summary>
    /// <param name="device">The device, whose own options have not been looked at yet.</param>
    /// <exception cref="QmpException">It has no such property, or takes no such value.</exception>
    internal async ValueTask ApplyAsync(TableDevice device)
    {
        if (!device.Type.IsA(Driver))
        {
            return;
        }

        try
        {
            if (device.FindProperty(Property) is null)
            {
                throw new QmpException($"Property '{device.Type.Name}.{Property}' not found");
            }

            await QomTree.SetPropertyAsync(device, new KeyvalValueReader(Property, Value));
        }
        catch (QmpException e)
        {
            throw new QmpException(e.ErrorClass, $"can't apply global {Driver}.{Property}={Value}: {e.Message}");
        }
    }
}
