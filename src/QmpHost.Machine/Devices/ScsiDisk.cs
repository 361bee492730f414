using QmpHost.Block.Graph;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>A SCSI disk, hard or optical.</summary>
internal sealed class ScsiDisk : DeviceObject, IHasDrive, IRemovableDevice
{
    private const long SmallestDiscard = 4096;

    private readonly DeviceContext _context;
    private readonly bool _isOptical;
    private readonly DeviceTray _tray;

    internal ScsiDisk(QomClass qomClass, DeviceContext context)
        : base(qomClass)
    {
        _context = context;
        _isOptical = qomClass == ScsiDiskClasses.Optical;
        Drive = new DriveProperty(this, this, context.Drives);
        AddProperty(context.Boot.MakeProperty());
        _tray = new DeviceTray(this, Drive, context);
    }

    public DriveProperty Drive { get; }

    public bool IsRemovable => _isOptical || Flag("removable");

    public bool? IsTrayOpen => IsRemovable ? _tray.IsOpen : null;

    public bool IsLocked => false;

    public void ChangeMedium(bool isLoading) => _tray.Move(isOpen: !isLoading);

    private protected override ValueTask RealizeAsync()
    {
        IDrive drive = _isOptical ? Drive.GetOrMakeEmpty() : Drive.RequireMedium();
        BlockConfiguration.ApplyBlockSizes(this);
        drive.Claim(write: !_isOptical && drive.IsWritable, shareWrite: Flag("share-rw"), shareResize: !_isOptical);
        if (!_isOptical)
        {
            BlockConfiguration.ApplyGeometry(this, drive.Length);
        }

        StoreDefault("vendor", "QEMU");
        StoreDefault("product", _isOptical ? "QEMU CD-ROM" : "QEMU HARDDISK");
        StoreDefault("ver", "2.5+");
        if (Number("discard_granularity") == uint.MaxValue)
        {
            Store("discard_granularity", Math.Max(Number("logical_block_size"), SmallestDiscard));
        }

        return default;
    }

    private protected override ValueTask UnrealizeAsync()
    {
        Drive.Drive?.Release();
        return default;
    }

    private protected override ValueTask DiscardAsync()
    {
        _context.Boot.Remove(this);
        return Drive.CloseAsync();
    }

    private void StoreDefault(string name, string value)
    {
        if (Text(name).Length == 0)
        {
            Store(name, new QString(value));
        }
    }
}
