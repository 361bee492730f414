using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Devices;

/// <summary>The tray of a device.</summary>
/// <param name="device">The device.</param>
/// <param name="drive">Its drive, which the event names.</param>
/// <param name="context">Where the event goes.</param>
internal sealed class DeviceTray(DeviceObject device, DriveProperty drive, DeviceContext context)
{
    /// <summary>Whether it is open.</summary>
    internal bool IsOpen { get; private set; }

    /// <summary>Opens or closes it; clients are told when it was not so before.</summary>
    internal void Move(bool isOpen)
    {
        if (isOpen == IsOpen)
        {
            return;
        }

        IsOpen = isOpen;
        context.Events.Emit(new DeviceTrayMovedEvent { Device = drive.Drive?.Name ?? "", Id = device.IdOrPath, TrayOpen = isOpen });
    }
}
