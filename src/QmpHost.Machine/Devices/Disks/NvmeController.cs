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

    private protected override ValueTask RealizeFunctionAsync()
    {
        if (Text("serial").Length == 0)
        {
            throw new QmpException("serial property not set");
        }

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
