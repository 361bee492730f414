using QmpHost.Machine.Qom;

namespace QmpHost.Machine.Devices;

/// <summary>The classes of SCSI disks. Properties stand in the order of QEMU's listings.</summary>
internal static class ScsiDiskClasses
{
    private static readonly QomClass Device = new("scsi-device", DeviceClass.Device,
    [
        QdevProperty.UInt32("scsi-id", uint.MaxValue),
        QdevProperty.UInt32("lun", uint.MaxValue),
        QdevProperty.UInt32("channel", 0),
    ], isAbstract: true);

    internal static QomClass Base { get; } = new("scsi-disk-base", Device, isAbstract: true);

    internal static QomClass Hard { get; } = new("scsi-hd", Base,
    [
        QdevProperty.UInt32("lheads", 0),
        QdevProperty.UInt32("lcyls", 0),
        QdevProperty.Bool("share-rw", false),
        QdevProperty.OnOffAuto("account-invalid"),
        QdevProperty.UInt32("lsecs", 0),
        QdevProperty.Int32("scsi_version", 5),
        QdevProperty.UInt32("secs", 0),
        QdevProperty.Bit("removable", false),
        QdevProperty.Str("ver"),
        QdevProperty.UInt64("max_unmap_size", 1 << 30),
        QdevProperty.UInt32("cyls", 0),
        QdevProperty.Str("serial"),
        QdevProperty.Size32("min_io_size", 0),
        QdevProperty.Str("product"),
        QdevProperty.UInt16("rotation_rate", 0),
        QdevProperty.UInt32("heads", 0),
        QdevProperty.Bit("dpofua", false),
        DriveProperty.Property,
        QdevProperty.ErrorAction("werror"),
        QdevProperty.UInt64("wwn", 0),
        QdevProperty.Str("vendor"),
        QdevProperty.ErrorAction("rerror"),
        QdevProperty.OnOffAuto("write-cache"),
        QdevProperty.BlockSize("physical_block_size"),
        QdevProperty.UInt64("max_io_size", int.MaxValue),
        QdevProperty.Bit("quirk_mode_page_vendor_specific_apple", false),
        QdevProperty.Size32("opt_io_size", 0),
        QdevProperty.BlockSize("logical_block_size"),
        QdevProperty.Size32("discard_granularity", uint.MaxValue),
        QdevProperty.UInt64("port_wwn", 0),
        QdevProperty.UInt16("port_index", 0),
        QdevProperty.OnOffAuto("account-failed"),
        QdevProperty.Str("device_id"),
        QdevProperty.OnOffAuto("backend_defaults"),
    ]);

    internal static QomClass Optical { get; } = new("scsi-cd", Base,
    [
        QdevProperty.OnOffAuto("account-invalid"),
        QdevProperty.Bit("quirk_mode_sense_rom_use_dbd", false),
        QdevProperty.Str("device_id"),
        QdevProperty.UInt64("max_io_size", int.MaxValue),
        DriveProperty.Property,
        QdevProperty.Str("serial"),
        QdevProperty.BlockSize("logical_block_size"),
        QdevProperty.Str("ver"),
        QdevProperty.Bool("share-rw", false),
        QdevProperty.OnOffAuto("write-cache"),
        QdevProperty.Int32("scsi_version", 5),
        QdevProperty.UInt64("wwn", 0),
        QdevProperty.Size32("discard_granularity", uint.MaxValue),
        QdevProperty.OnOffAuto("backend_defaults"),
        QdevProperty.Str("vendor"),
        QdevProperty.Bit("quirk_mode_page_truncated", false),
        QdevProperty.Bit("quirk_mode_page_vendor_specific_apple", false),
        QdevProperty.Str("product"),
        QdevProperty.Size32("opt_io_size", 0),
        QdevProperty.ErrorAction("rerror"),
        QdevProperty.Bit("quirk_mode_page_apple_vendor", false),
        QdevProperty.Size32("min_io_size", 0),
        QdevProperty.OnOffAuto("account-failed"),
        QdevProperty.BlockSize("physical_block_size"),
        QdevProperty.UInt64("port_wwn", 0),
        QdevProperty.UInt16("port_index", 0),
        QdevProperty.ErrorAction("werror"),
    ]);
}
