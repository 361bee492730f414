using QmpHost.Machine.Devices.Types;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>A USB stick: a SCSI disk of its own sits behind it and gets the drive.</summary>
internal sealed class UsbStorage : TableDevice
{
    internal UsbStorage(DeviceType type, DeviceContext context)
        : base(type, context)
    {
    }

    private protected override async ValueTask RealizeFunctionAsync()
    {
        if (Drive.Drive is null)
        {
            throw new QmpException("drive property not set");
        }

        IDrive drive = Drive.RequireMedium();
        BlockConfiguration.ApplyBlockSizes(this);
        BlockConfiguration.ApplyBackendOptions(this, drive, writes: drive.IsWritable, shareResize: true);
        BusObject bus = BusMaker.Make(NameBus("SCSI"), "SCSI", this);
        AddBus(bus);
        var disk = (ScsiDisk)DeviceFactory.Make(DeviceTypes.Get("scsi-hd"), Context);
        bus.AddChild("legacy[0]", disk);

        Drive.GiveTo(disk.Drive);
        try
        {
            foreach (string property in new[] { "removable", "serial", "share-rw", "write-cache", "rerror", "werror", "logical_block_size", "physical_block_size" })
            {
                disk.Store(property, Value(property));
            }

            disk.PlugInto(bus);
            await disk.SetRealizedAsync(true);
        }
        catch
        {
            await disk.DismantleAsync(static (_, _) => { });
            throw;
        }
    }
}
