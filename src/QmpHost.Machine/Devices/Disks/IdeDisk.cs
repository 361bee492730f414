using QmpHost.Machine.Devices.Types;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>A disk on an IDE bus, hard or optical.</summary>
internal sealed class IdeDisk : TableDevice
{
    private const long DefaultDiscard = 512;
    private const long MaxHeads = 16;
    private const long NoTranslationCylinders = 1024;

    private readonly bool _isOptical;
    private readonly DeviceTray _tray;

    internal IdeDisk(DeviceType type, DeviceContext context)
        : base(type, context)
    {
        _isOptical = type.Name == "ide-cd";
        _tray = new DeviceTray(this, Drive, context);
    }

    public override bool CanStopOnError => true;

    public override bool IsRemovable => _isOptical;

    public override bool? IsTrayOpen => _isOptical ? _tray.IsOpen : null;

    public override void ChangeMedium(bool isLoading) => _tray.Move(isOpen: !isLoading);

    private protected override ValueTask RealizeFunctionAsync()
    {
        if (!_isOptical && Drive.Drive is null)
        {
            throw new QmpException("No drive specified");
        }

        IDrive drive = _isOptical ? Drive.GetOrMakeEmpty() : Drive.RequireMedium();
        var bus = (IdeBus)ParentBus!;
        bus.Occupy(this);
        BlockConfiguration.ApplyBlockSizes(this);
        if (Number("logical_block_size") != DefaultDiscard)
        {
            throw new QmpException("logical_block_size must be 512 for IDE");
        }

        if (!_isOptical)
        {
            BlockConfiguration.ApplyGeometry(this, drive.Length, MaxHeads);
            ApplyTranslation();
            if (!drive.IsWritable)
            {
                throw new QmpException("Block node is read-only");
            }
        }

        BlockConfiguration.ApplyBackendOptions(this, drive, writes: !_isOptical, shareResize: !_isOptical);
        StoreDefault("serial", bus.SerialOf(Number("unit")));
        if (Number("discard_granularity") == uint.MaxValue)
        {
            Store("discard_granularity", DefaultDiscard);
        }
        else if (Number("discard_granularity") is not 0 and not DefaultDiscard)
        {
            throw new QmpException("discard_granularity must be 512 for ide");
        }

        return default;
    }

    private void ApplyTranslation()
    {
        if (Text("bios-chs-trans") == "auto")
        {
            Store("bios-chs-trans", new QString(Number("cyls") <= NoTranslationCylinders ? "none" : "lba"));
        }
    }

    private void StoreDefault(string name, string value)
    {
        if (Text(name).Length == 0)
        {
            Store(name, new QString(value));
        }
    }
}
