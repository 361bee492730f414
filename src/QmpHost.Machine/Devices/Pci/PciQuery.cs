using QmpHost.Machine.Devices.Types;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Devices;

/// <summary>
/// What query-pci tells. The registers are as after power-on: it is the guest's firmware that gives functions their addresses
/// and bridges the numbers of their buses.
/// </summary>
internal static class PciQuery
{
    /// <summary>Describes a root bus.</summary>
    /// <param name="root">The bus, or null where there is none.</param>
    internal static IReadOnlyList<PciInfo> Describe(PciBus? root) => root is null
        ? []
        : [new PciInfo { Bus = 0, Devices = [.. root.Functions.Select(static entry => Describe(entry.Address, entry.Device))] }];

    private static PciDeviceInfo Describe(int address, TableDevice device)
    {
        var members = new QDict();
        foreach ((string name, QObject value) in device.Type.Registers ?? throw new InvalidOperationException($"The registers of '{device.Type.Name}' are not known."))
        {
            members.Put(name, value);
        }

        members.Put("bus", new QNum(0L));
        members.Put("slot", new QNum((long)(address / PciAddress.Functions)));
        members.Put("function", new QNum((long)(address % PciAddress.Functions)));
        members.Put("qdev_id", new QString(device.Id ?? string.Empty));
        if (members.TryGetValue("irq_pin", out QObject? pin) && pin is QNum number && number.TryGetInt64(out long line) && line != 0)
        {
            members.Put("irq", new QNum(0L));
        }

        return PciDeviceInfo.Visit(new QapiInputVisitor(VersionProfile.Default), null, members);
    }
}
