using QmpHost.Machine.Devices.Types;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>An NVMe controller, with a namespace of its own where it was given a drive.</summary>
internal sealed class NvmeController : TableDevice
{
    private const long SmallestDiscard = 4096;

    internal NvmeController(DeviceType type, DeviceContext context)
        : base(type, context)
    {
    }

    private void CheckParameters()
    {
        const long maxQueues = 0xffff, maxVectors = 2048, unsupportedWarnings = 0xe0;
        long pairs = Number("num_queues") > 0 ? Number("num_queues") - 1 : Number("max_ioqpairs");
        QmpException.ThrowIf(pairs is < 1 or > maxQueues, $"max_ioqpairs must be between 1 and {maxQueues}");
        QmpException.ThrowIf(Number("msix_qsize") is < 1 or > maxVectors, $"msix_qsize must be between 1 and {maxVectors}");
        QmpException.ThrowIf(TryGetStored("serial") is null, "serial property not set");
        QmpException.ThrowIf(Number("zoned.zasl") > Number("mdts"), "zoned.zasl (Zone Append Size Limit) must be less than or equal to mdts (Maximum Data Transfer Size)");
        QmpException.ThrowIf(Number("vsl") == 0, "vsl must be non-zero");
        QmpException.ThrowIf(Number("sriov_max_vfs") > 0, "subsystem is required for the use of SR-IOV");
        QmpException.ThrowIf((Number("smart_critical_warning") & unsupportedWarnings) != 0, "unsupported smart critical warning bits: 0xe0");
    }

    private protected override ValueTask RealizeFunctionAsync()
    {
        CheckParameters();

        if (Drive.Drive is null)
        {
            return default;
        }

        IDrive drive = Drive.RequireMedium();
        BlockConfiguration.ApplyBlockSizes(this);
        BlockConfiguration.ApplyBackendOptions(this, drive, writes: drive.IsWritable, shareResize: false);
        if (Number("discard_granularity") == uint.MaxValue)
        {
            Store("discard_granularity", Math.Max(Number("logical_block_size"), SmallestDiscard));
        }

        return default;
    }
}
