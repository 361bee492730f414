using System.Numerics;
using QmpHost.Machine.Devices.Types;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>The virtio disk.</summary>
internal sealed class VirtioBlkDevice : VirtioDevice
{
    // What one request may be long at most.
    private const long MaxSectors = int.MaxValue / 512;

    internal VirtioBlkDevice(DeviceType type, DeviceContext context)
        : base(type, context)
    {
    }

    public override bool CanStopOnError => true;

    internal override long? Vectors => Number("num-queues") + 1;

    private protected override ValueTask RealizeFunctionAsync()
    {
        IDrive drive = Drive.RequireMedium();
        CheckQueues();
        BlockConfiguration.ApplyBackendOptions(this, drive, writes: drive.IsWritable, shareResize: true);
        BlockConfiguration.ApplyGeometry(this, drive.Length);
        BlockConfiguration.ApplyBlockSizes(this);
        CheckSectors("discard", "max-discard-sectors");
        CheckSectors("write-zeroes", "max-write-zeroes-sectors");
        return default;
    }

    private void CheckSectors(string feature, string name)
    {
        long sectors = Number(name);
        if (Flag(feature) && (sectors == 0 || sectors > MaxSectors))
        {
            throw new QmpException($"invalid {name} property ({sectors}), must be between 1 and {MaxSectors}");
        }
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

        if (size <= 2)
        {
            throw new QmpException($"invalid queue-size property ({size}), must be > 2");
        }

        if (size > MaxQueue || !BitOperations.IsPow2(size))
        {
            throw new QmpException($"invalid queue-size property ({size}), must be a power of 2 (max {MaxQueue})");
        }
    }
}
