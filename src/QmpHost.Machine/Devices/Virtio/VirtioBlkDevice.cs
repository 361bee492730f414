using System.Numerics;
using QmpHost.Machine.Devices.Types;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>The virtio disk.</summary>
internal sealed class VirtioBlkDevice : VirtioDevice
{
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
        BlockConfiguration.ApplyBlockSizes(this);
        BlockConfiguration.ApplyBackendOptions(this, drive, writes: drive.IsWritable, shareResize: true);
        BlockConfiguration.ApplyGeometry(this, drive.Length);
        return default;
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
