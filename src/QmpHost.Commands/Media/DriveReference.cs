using QmpHost.Block.Graph;
using QmpHost.Commands.Hosting;
using QmpHost.Machine.Devices;
using QmpHost.Qapi;

namespace QmpHost.Commands.Media;

/// <summary>A drive as commands name it: by its own name, or by the device in front of it.</summary>
/// <param name="Drive">The drive's name, or null.</param>
/// <param name="Device">The device's id or path, or null.</param>
internal readonly record struct DriveReference(string? Drive, string? Device)
{
    /// <summary>The name that was given.</summary>
    public string Text => Drive ?? Device!;

    /// <summary>Takes the two members that commands have for it.</summary>
    /// <param name="drive">The drive's name, or null.</param>
    /// <param name="device">The device's id or path, or null.</param>
    /// <exception cref="QmpException">Not exactly one of them is there.</exception>
    public static DriveReference Of(string? drive, string? device)
        => drive is null == device is null ? throw new QmpException("Need exactly one of 'device' and 'id'") : new DriveReference(drive, device);

    /// <summary>Finds the drive.</summary>
    /// <param name="host">The host.</param>
    /// <exception cref="QmpException">There is none, or the device has none.</exception>
    /// <returns>Its backend.</returns>
    public BlockBackend Find(HostServices host)
    {
        if (Drive is { } name)
        {
            return host.Layer.Graph.FindBackend(name) ?? throw new QmpException(QmpErrorClass.DeviceNotFound, $"Device '{name}' not found");
        }

        DeviceObject device = host.Devices!.Find(Text);
        return host.Layer.Graph.Backends.FirstOrDefault(backend => backend.Device is not null && ReferenceEquals(backend.Device, device))
            ?? throw new QmpException("Device does not have a block device backend");
    }
}
