using QmpHost.Machine.Devices.Types;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>A namespace of an NVMe controller.</summary>
internal sealed class NvmeNamespace : TableDevice
{
    private const long SmallestDiscard = 4096;
    private const long MostNamespaces = 256;

    internal NvmeNamespace(DeviceType type, DeviceContext context)
        : base(type, context)
    {
    }

    private protected override ValueTask RealizeFunctionAsync()
    {
        IDrive drive = Drive.RequireMedium();
        BlockConfiguration.ApplyBlockSizes(this);
        BlockConfiguration.ApplyBackendOptions(this, drive, writes: drive.IsWritable, shareResize: false);
        TakeNumber();
        if (Number("discard_granularity") == uint.MaxValue)
        {
            Store("discard_granularity", Math.Max(Number("logical_block_size"), SmallestDiscard));
        }

        return default;
    }

    private void TakeNumber()
    {
        long number = Number("nsid");
        if (number > MostNamespaces)
        {
            throw new QmpException($"invalid namespace id (must be between 0 and {MostNamespaces})");
        }

        if (number == 0)
        {
            number = 1;
            while (IsTaken(number))
            {
                number++;
            }
        }
        else if (IsTaken(number))
        {
            throw new QmpException($"namespace id '{number}' already allocated");
        }

        Store("nsid", number);
    }

    private bool IsTaken(long number)
        => ParentBus!.NewestFirst.Any(other => other != this && other.IsRealized && other.Number("nsid") == number);
}
