using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>A PCI or PCI Express bus: 32 slots of 8 functions.</summary>
internal sealed class PciBus : BusObject
{
    private readonly SortedDictionary<int, Occupant> _occupants = [];

    internal PciBus(QomClass qomClass, string busName, DeviceObject? owner)
        : base(qomClass, busName, owner)
    {
    }

    /// <summary>Devices that wait for the guest to let them go, by address.</summary>
    internal IEnumerable<TableDevice> PendingUnplugs
        => _occupants.Values.Select(o => o.Device).OfType<TableDevice>().Where(d => d.IsUnplugPending);

    /// <summary>The devices and where they are, lowest address first.</summary>
    internal IEnumerable<(int Address, TableDevice Device)> Functions => _occupants.Select(static entry => (entry.Key, entry.Value.Device));

    /// <summary>Gives a device its place.</summary>
    /// <param name="device">The device.</param>
    /// <param name="wanted">The place that was asked for, or a negative number for any.</param>
    /// <param name="multifunction">Whether the device lets others into its slot.</param>
    /// <returns>The place.</returns>
    /// <exception cref="QmpException">The place is not to be had.</exception>
    internal int Occupy(TableDevice device, int wanted, bool multifunction)
    {
        string className = device.Class.Name;
        int address = wanted < 0 ? FindFreeSlot(className) : wanted;
        int slot = address / PciAddress.Functions, function = address % PciAddress.Functions;
        if (_occupants.TryGetValue(address, out Occupant? there))
        {
            throw new QmpException(
                $"PCI: slot {slot} function {function} not available for {className}, in use by {there.ClassName},id={there.Id ?? "(null)"}");
        }

        Occupant? first = _occupants.GetValueOrDefault(slot * PciAddress.Functions);
        if (device.IsHotplugged && function > 0 && first is not null)
        {
            throw new QmpException(
                $"PCI: slot {slot} function 0 already occupied by {first.ClassName}, new func {className} cannot be exposed to guest.");
        }

        CheckFunctions(slot, function, first, multifunction);
        _occupants.Add(address, new Occupant(className, device.Id, multifunction, device));
        return address;
    }

    internal void Free(int address) => _occupants.Remove(address);

    private void CheckFunctions(int slot, int function, Occupant? first, bool multifunction)
    {
        if (function > 0)
        {
            if (first is { Multifunction: false })
            {
                throw new QmpException($"PCI: single function device can't be populated in function {slot:x}.{function:x}");
            }

            return;
        }

        for (int other = 1; other < PciAddress.Functions && !multifunction; other++)
        {
            if (_occupants.ContainsKey((slot * PciAddress.Functions) + other))
            {
                throw new QmpException($"PCI: {slot:x}.0 indicates single function, but {slot:x}.{other:x} is already populated.");
            }
        }
    }

    private int FindFreeSlot(string className)
    {
        for (int slot = 0; slot < PciAddress.Slots; slot++)
        {
            if (!_occupants.ContainsKey(slot * PciAddress.Functions))
            {
                return slot * PciAddress.Functions;
            }
        }

        throw new QmpException($"PCI: no slot/function available for {className}, all in use or reserved");
    }

    private sealed record Occupant(string ClassName, string? Id, bool Multifunction, TableDevice Device);
}
