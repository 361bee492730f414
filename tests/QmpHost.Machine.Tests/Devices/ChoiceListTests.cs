using NUnit.Framework;
using QmpHost.Machine.Devices;
using QmpHost.Machine.Facts;
using QmpHost.Qapi;

namespace QmpHost.Machine.Tests.Devices;

/// <summary>What "help" as an option's value lists, with lines as QEMU 7.2 prints them.</summary>
[TestFixture]
public class ChoiceListTests
{
    [TestCase("pc                   Standard PC (i440FX + PIIX, 1996) (alias of pc-i440fx-7.2)")]
    [TestCase("pc-i440fx-7.2        Standard PC (i440FX + PIIX, 1996) (default)")]
    [TestCase("pc-q35-7.2           Standard PC (Q35 + ICH9, 2009)")]
    [TestCase("none                 empty machine")]
    public void Machines_are_listed_as_QEMU_lists_them(string line)
        => Assert.That(MachineFacts.Of(VersionProfile.Default).HelpLines, Does.Contain(line));

    [Test]
    public void Every_listed_machine_can_be_made()
        => Assert.That(MachineFacts.Of(VersionProfile.Default).Machines.Where(static machine => MachineBoard.TryMake(machine.Name, VersionProfile.Default) is null), Is.Empty);

    [Test]
    public void Every_alias_leads_to_its_board()
        => Assert.That(MachineBoard.TryMake("q35", VersionProfile.Default)!.Name, Is.EqualTo("pc-q35-7.2"));

    [Test]
    public void Devices_are_listed_in_groups_and_sorted()
    {
        string[][] groups = string.Join('\n', MachineDevices.ListModels()).Split("\n\n").Select(static group => group.Split('\n')).ToArray();
        string[] storage = groups.Single(static group => group[0] == "Storage devices:");
        Assert.That(groups[0][0], Is.EqualTo("Controller/Bridge/Hub devices:"));
        Assert.That(storage[1..], Is.Ordered.Using((System.Collections.IComparer)StringComparer.Ordinal));
        Assert.That(storage, Is.SupersetOf(new[]
        {
            "name \"scsi-cd\", bus SCSI, desc \"virtual SCSI CD-ROM\"",
            "name \"scsi-hd\", bus SCSI, desc \"virtual SCSI disk\"",
            "name \"virtio-blk-pci\", bus PCI, alias \"virtio-blk\"",
        }));
    }
}
