using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>A SCSI bus of a virtio controller: one channel, 256 targets of 16384 units.</summary>
internal sealed class ScsiBus : BusObject
{
    private const long Unassigned = uint.MaxValue;
    private const long MaxChannel = 0;
    private const long MaxTarget = 255;
    private const long MaxUnit = 16383;

    internal ScsiBus(string busName, DeviceObject owner)
        : base(BusClass.Scsi, busName, owner)
    {
    }

    /// <summary>Checks the place that a disk asked for, and gives it one where it left that open.</summary>
    /// <exception cref="QmpException">The place is not to be had.</exception>
    private protected override void Admit(DeviceObject device)
    {
        Check(device, "channel", "bad scsi channel id", MaxChannel);
        Check(device, "scsi-id", "bad scsi device id", MaxTarget);
        Check(device, "lun", "bad scsi device lun", MaxUnit);
        long target = device.Number("scsi-id"), unit = device.Number("lun");
        if (target == Unassigned)
        {
            unit = unit == Unassigned ? 0 : unit;
            target = FindFree(MaxTarget, candidate => Find(candidate, unit)) ?? throw new QmpException("no free target");
        }
        else if (unit == Unassigned)
        {
            unit = FindFree(MaxUnit, candidate => Find(target, candidate)) ?? throw new QmpException("no free lun");
        }
        else if (Find(target, unit) is { } other)
        {
            throw new QmpException($"lun already used by '{other.Id ?? "(null)"}'");
        }

        device.Store("scsi-id", target);
        device.Store("lun", unit);
    }

    private static void Check(DeviceObject disk, string property, string message, long max)
    {
        long value = disk.Number(property);
        if (value > max && value != Unassigned)
        {
            throw new QmpException($"{message}: {value}");
        }
    }

    private static long? FindFree(long max, Func<long, DeviceObject?> find)
    {
        for (long candidate = 0; candidate <= max; candidate++)
        {
            if (find(candidate) is null)
            {
                return candidate;
            }
        }

        return null;
    }

    private DeviceObject? Find(long target, long unit)
        => NewestFirst.FirstOrDefault(d => d.Number("scsi-id") == target && d.Number("lun") == unit);
}
