using System.Numerics;
using QmpHost.Block.Graph;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>The virtio disk.</summary>
internal sealed class VirtioBlkDevice : VirtioDevice, IHasDrive, IBackendDevice
{
    internal VirtioBlkDevice(DeviceContext context)
        : base(QomClass, context)
    {
        Drive = new DriveProperty(this, this, context.Drives);
        AddProperty(context.Boot.MakeProperty());
    }

    internal static QomClass QomClass { get; } = new("virtio-blk-device", BaseClass,
    [
        QdevProperty.Bool("share-rw", false),
        QdevProperty.UInt32("lcyls", 0),
        QdevProperty.UInt16("queue-size", 256),
        QdevProperty.UInt32("lsecs", 0),
        QdevProperty.Str("serial"),
        QdevProperty.OnOffAuto("account-invalid"),
        IoThreadProperty,
        QdevProperty.UInt32("lheads", 0),
        QdevProperty.UInt16("num-queues", ushort.MaxValue),
        QdevProperty.UInt32("cyls", 0),
        QdevProperty.UInt32("secs", 0),
        QdevProperty.UInt32("heads", 0),
        QdevProperty.Size32("min_io_size", 0),
        QdevProperty.Bit("config-wce", true),
        QdevProperty.Bool("seg-max-adjust", true),
        DriveProperty.Property,
        QdevProperty.ErrorAction("werror"),
        QdevProperty.Bool("report-discard-granularity", true),
        QdevProperty.ErrorAction("rerror"),
        QdevProperty.OnOffAuto("write-cache"),
        QdevProperty.BlockSize("physical_block_size"),
        QdevProperty.Bit("scsi", false),
        QdevProperty.Size32("opt_io_size", 0),
        QdevProperty.BlockSize("logical_block_size"),
        QdevProperty.UInt32("max-discard-sectors", 4194303),
        QdevProperty.Bit("discard", true),
        QdevProperty.Size32("discard_granularity", uint.MaxValue),
        QdevProperty.Bit("request-merging", true),
        QdevProperty.Bit("write-zeroes", true),
        QdevProperty.UInt32("max-write-zeroes-sectors", 4194303),
        QdevProperty.OnOffAuto("account-failed"),
        QdevProperty.Bool("x-enable-wce-if-config-wce", true),
        QdevProperty.OnOffAuto("backend_defaults"),
    ]);

    public DriveProperty Drive { get; }

    public bool IsRemovable => false;

    public bool? IsTrayOpen => null;

    public bool IsLocked => false;

    internal override long Vectors => Number("num-queues") + 1;

    private protected override ValueTask RealizeAsync()
    {
        IDrive drive = Drive.RequireMedium();
        CheckQueues();
        BlockConfiguration.ApplyBlockSizes(this);
        drive.Claim(write: drive.IsWritable, shareWrite: Flag("share-rw"), shareResize: true);
        BlockConfiguration.ApplyGeometry(this, drive.Length);
        return default;
    }

    private protected override ValueTask UnrealizeAsync()
    {
        Drive.Drive?.Release();
        return default;
    }

    private protected override ValueTask DiscardAsync()
    {
        Context.Boot.Remove(this);
        return Drive.CloseAsync();
    }

    private void CheckQueues()
    {
        if (Number("num-queues") == ushort.MaxValue)
        {
            Store("num-queues", 1);
        }

        long queues = Number("num-queues"), size = Number("queue-size");
        if (queues == 0)
        {
            throw new QmpException("num-queues property must be larger than 0");
        }

        if (queues > MaxQueue)
        {
            throw new QmpException($"num-queues property must be at most {MaxQueue}");
        }

        if (size > MaxQueue || !BitOperations.IsPow2(size))
        {
            throw new QmpException($"invalid queue-size property ({size}), must be a power of 2 (max {MaxQueue})");
        }
    }
}
