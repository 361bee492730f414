using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>A bus of two numbered drives: IDE or floppy.</summary>
internal class UnitBus : BusObject
{
    private const long Automatic = uint.MaxValue;

    private readonly string _name;
    private readonly string _title;

    /// <summary>Makes an empty bus.</summary>
    /// <param name="qomClass">Its class.</param>
    /// <param name="busName">Its name.</param>
    /// <param name="owner">The device that provides it.</param>
    /// <param name="name">What messages call a drive in the middle of a sentence.</param>
    /// <param name="title">What they call it at the beginning.</param>
    internal UnitBus(QomClass qomClass, string busName, DeviceObject owner, string name, string title)
        : base(qomClass, busName, owner)
    {
        _name = name;
        _title = title;
    }

    /// <summary>How many drives it takes.</summary>
    internal int Units { get; init; } = 2;

    /// <summary>Gives a drive its number.</summary>
    /// <exception cref="QmpException">There is no such number, or it is taken.</exception>
    internal void Occupy(DeviceObject drive)
    {
        long unit = drive.Number("unit");
        if (unit is Automatic or < 0)
        {
            unit = IsTaken(drive, 0) ? 1 : 0;
        }

        if (unit >= Units)
        {
            throw new QmpException($"Can't create {_name} unit {unit}, bus supports only {Units} units");
        }

        if (IsTaken(drive, unit))
        {
            throw new QmpException($"{_title} unit {unit} is in use");
        }

        drive.Store("unit", unit);
    }

    private bool IsTaken(DeviceObject asking, long unit)
        => NewestFirst.Any(other => other != asking && other.IsRealized && other.Number("unit") == unit);
}
