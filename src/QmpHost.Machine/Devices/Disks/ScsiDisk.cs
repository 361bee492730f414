using QmpHost.Machine.Devices.Types;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>A SCSI disk, hard or optical.</summary>
internal sealed class ScsiDisk : TableDevice
{
    private const long SmallestDiscard = 4096;

    private readonly bool _isOptical;
    private readonly DeviceTray _tray;

    internal ScsiDisk(DeviceType type, DeviceContext context)
        : base(type, context)
    {
        _isOptical = type.Name == "scsi-cd";
        _tray = new DeviceTray(this, Drive, context);
    }

    public override bool CanStopOnError => true;

    public override bool IsRemovable => _isOptical || Flag("removable");

    public override bool? IsTrayOpen => IsRemovable ? _tray.IsOpen : null;

    public override void ChangeMedium(bool isLoading) => _tray.Move(isOpen: !isLoading);

    private protected override ValueTask RealizeFunctionAsync()
    {
        IDrive drive = _isOptical ? Drive.GetOrMakeEmpty() : Drive.RequireMedium();
        BlockConfiguration.ApplyBlockSizes(this);
        BlockConfiguration.ApplyBackendOptions(this, drive, writes: !_isOptical && drive.IsWritable, shareResize: !_isOptical);
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

    private void StoreDefault(string name, string value)
    {
        if (TryGetStored(name) is null)
        {
            Store(name, new QString(value));
        }
    }
}
