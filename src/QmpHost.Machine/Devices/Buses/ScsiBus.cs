using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>A SCSI bus: a channel with targets, each of which has units. How many, depends on the controller.</summary>
internal sealed class ScsiBus : BusObject
{
    private const long Unassigned = uint.MaxValue;

    internal ScsiBus(string busName, DeviceObject owner)
        : base(BusClass.Of("SCSI"), busName, owner)
    {
    }

    private long MaxChannel { get; init; }

    private long MaxTarget { get; init; } = 255;

    private long MaxUnit { get; init; } = 16383;

    /// <summary>Makes the bus of a controller, with the places that it has.</summary>
    /// <param name="name">The bus's name.</param>
    /// <param name="owner">The controller.</param>
    internal static ScsiBus Make(string name, DeviceObject owner)
    {
        (long target, long unit) = owner.Class.Name switch
        {
            "lsi53c895a" or "lsi53c810" => (7L, 0L),
            "megasas" or "megasas-gen2" => (63L, 255L),
            "pvscsi" => (63L, 0L),
            "am53c974" or "dc390" => (7L, 7L),
            "mptsas1068" => (7L, 1L),
            "usb-storage" => (0L, 0L),
            "usb-bot" => (0L, 15L),
            "usb-uas" => (0L, 255L),
            _ => (255L, 16383L),
        };
        bool isPvscsi = owner.Class.Name == "pvscsi";
        return new ScsiBus(name, owner)
        {
            MaxTarget = target,
            MaxUnit = unit,
            IsHotpluggable = true,
            HotplugHandler = isPvscsi ? owner : null,
            HandlesItself = !isPvscsi,
        };
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
        // Numbers that do not fit a signed integer turn round.
        int value = unchecked((int)disk.Number(property));
        if (value > max || value < -1 || (value == -1 && property == "channel"))
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
