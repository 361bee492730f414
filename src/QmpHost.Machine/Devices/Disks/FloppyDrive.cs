using QmpHost.Machine.Devices.Types;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>A floppy drive: it has no tray.</summary>
internal sealed class FloppyDrive : TableDevice
{
    private const long DefaultSector = 512;

    internal FloppyDrive(DeviceType type, DeviceContext context)
        : base(type, context)
    {
    }

    public override bool IsRemovable => true;

    public override void ChangeMedium(bool isLoading)
    {
        if (Drive.Drive is { } drive)
        {
            drive.Claim(write: isLoading && drive.IsWritable, shareWrite: Flag("share-rw"), shareResize: false);
        }
    }

    private protected override ValueTask RealizeFunctionAsync()
    {
        ((UnitBus)ParentBus!).Occupy(this);
        IDrive drive = Drive.GetOrMakeEmpty();
        BlockConfiguration.ApplyBlockSizes(this);
        if (Number("logical_block_size") != DefaultSector || Number("physical_block_size") != DefaultSector)
        {
            throw new QmpException("Physical and logical block size must be 512 for floppy");
        }

        BlockConfiguration.ApplyBackendOptions(this, drive, writes: drive.IsWritable, shareResize: false);
        if (Text("drive-type") == "auto")
        {
            Store("drive-type", new QString(drive.HasMedium ? KindOf(drive.Length) : ParentBus.Owner!.Text("fallback")));
        }

        return default;
    }

    // What drive a medium of that length was made for.
    private static string KindOf(long length)
    {
        const long kilobyte = 1024, high = 1200 * kilobyte, normal = 1440 * kilobyte, extra = 2880 * kilobyte;
        return length switch
        {
            high => "120",
            extra => "288",
            <= normal => "144",
            _ => "288",
        };
    }
}
