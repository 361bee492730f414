using NUnit.Framework;
using QmpHost.Machine.Devices;

namespace QmpHost.Machine.Tests.Devices;

/// <summary>What "help" as an option's value lists, with lines as QEMU 7.2 prints them.</summary>
[TestFixture]
public class ChoiceListTests
{
    [Test]
    public void Machines_are_listed_as_QEMU_lists_them() => Assert.That(MachineBoard.List(), Is.EqualTo(new[]
    {
        "pc                   Standard PC (i440FX + PIIX, 1996) (alias of pc-i440fx-7.2)",
        "pc-i440fx-7.2        Standard PC (i440FX + PIIX, 1996) (default)",
        "q35                  Standard PC (Q35 + ICH9, 2009) (alias of pc-q35-7.2)",
        "pc-q35-7.2           Standard PC (Q35 + ICH9, 2009)",
        "none                 empty machine",
    }));

    [Test]
    public void Every_listed_machine_can_be_made()
        => Assert.That(MachineBoard.List().Select(line => MachineBoard.TryMake(line.Split(' ')[0])), Has.None.Null);

    [Test]
    public void Devices_are_listed_in_groups_and_sorted() => Assert.That(MachineDevices.ListModels(), Is.EqualTo(new[]
    {
        "Controller/Bridge/Hub devices:",
        "name \"pcie-root-port\", bus PCI, desc \"PCI Express Root Port\"",
        string.Empty,
        "Storage devices:",
        "name \"scsi-cd\", bus SCSI, desc \"virtual SCSI CD-ROM\"",
        "name \"scsi-hd\", bus SCSI, desc \"virtual SCSI disk\"",
        "name \"virtio-blk-device\", bus virtio-bus",
        "name \"virtio-blk-pci\", bus PCI, alias \"virtio-blk\"",
        "name \"virtio-scsi-device\", bus virtio-bus",
        "name \"virtio-scsi-pci\", bus PCI, alias \"virtio-scsi\"",
    }));
}
