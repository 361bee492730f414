using QmpHost.Machine.Devices.Types;

namespace QmpHost.Machine.Devices;

/// <summary>Makes devices of recorded types.</summary>
internal static class DeviceFactory
{
    /// <summary>Makes a device, which is on no bus yet.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="context">The machine around it.</param>
    internal static TableDevice Make(DeviceType type, DeviceContext context)
    {
        TableDevice device = Construct(type, context);
        device.Initialise();
        return device;
    }

    private static TableDevice Construct(DeviceType type, DeviceContext context) => type.Name switch
    {
        "virtio-blk-device" => new VirtioBlkDevice(type, context),
        "virtio-scsi-device" => new VirtioScsiDevice(type, context),
        "virtio-serial-device" => new VirtioSerialDevice(type, context),
        "virtserialport" or "virtconsole" => new VirtioSerialPort(type, context),
        "ide-hd" or "ide-cd" => new IdeDisk(type, context),
        "floppy" => new FloppyDrive(type, context),
        "nvme" => new NvmeController(type, context),
        "nvme-ns" => new NvmeNamespace(type, context),
        "usb-storage" => new UsbStorage(type, context),
        "virtio-mem" or "virtio-pmem" => new VirtioMemoryDevice(type, context),
        "pc-dimm" or "nvdimm" => new MemoryModule(type, context),
        _ when type.IsA("scsi-disk-base") => new ScsiDisk(type, context),
        _ when type.IsA("virtio-pci") => new VirtioPciDevice(type, context),
        _ when type.IsA("virtio-device") => new VirtioDevice(type, context),
        _ => new TableDevice(type, context),
    };
}
