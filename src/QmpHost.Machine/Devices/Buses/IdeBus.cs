using System.Globalization;

namespace QmpHost.Machine.Devices;

/// <summary>An IDE bus.</summary>
internal sealed class IdeBus : UnitBus
{
    private readonly int _firstSerial;

    internal IdeBus(string busName, DeviceObject owner)
        : base(BusClass.Of("IDE"), busName, owner, "IDE", "IDE") => _firstSerial = owner.Context.ReserveIdeSerials(2);

    /// <summary>The serial of a disk that was given none.</summary>
    internal string SerialOf(long unit) => string.Create(CultureInfo.InvariantCulture, $"QM{_firstSerial + unit:d5}");
}
