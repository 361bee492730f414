using NUnit.Framework;
using QmpHost.Hosting.CommandLine;
using QmpHost.Hosting.Programs.Machine;
using QmpHost.Qapi;

namespace QmpHost.Hosting.Tests.Programs;

/// <summary>What a board has without being told, as QEMU 7.2 was seen to have it.</summary>
[TestFixture]
public sealed class DefaultDevicesTests
{
    private const string Older = "pc-i440fx-7.2", Newer = "pc-q35-7.2";

    [TestCase(Older, "if=ide,index=2,media=cdrom", "if=floppy,index=0", "if=sd,index=0")]
    [TestCase(Newer, "if=ide,index=2,media=cdrom", "if=sd,index=0")]
    [TestCase("none")]
    public void A_board_has_drives(string board, params string[] drives)
        => Assert.That(Of(board).Drives, Is.EqualTo(drives));

    [TestCase("ide-cd", "if=floppy,index=0", "if=sd,index=0")]
    [TestCase("scsi-hd,drive=n", "if=floppy,index=0", "if=sd,index=0")]
    [TestCase("{\"driver\": \"floppy\"}", "if=ide,index=2,media=cdrom", "if=sd,index=0")]
    public void A_device_of_the_kind_takes_the_place_of_a_drive(string device, params string[] drives)
        => Assert.That(Of(Older, ("device", device)).Drives, Is.EqualTo(drives));

    [Test]
    public void Without_defaults_there_is_nothing()
    {
        DefaultDevices devices = Of(Older, ("nodefaults", ""));
        Assert.That(devices.Drives, Is.Empty);
        Assert.That(devices.Cards, Is.Empty);
        Assert.That(devices.Screen, Is.Null);
        Assert.That(devices.Ports("serial"), Is.Empty);
    }

    [TestCase(Older, "e1000")]
    [TestCase(Newer, "e1000e")]
    public void A_board_has_a_network_card(string board, string type)
        => Assert.That(Of(board).Cards.Select(TypeOf), Is.EqualTo(new[] { type }));

    [Test]
    public void Options_of_networks_take_the_place_of_the_card()
    {
        Assert.That(Of(Older, ("netdev", "user,id=n")).Cards, Is.Empty);
        Assert.That(Of(Older, ("net", "none")).Cards, Is.Empty);
        Assert.That(Of(Older, ("nic", "user,model=virtio"), ("net", "nic,model=rtl8139"), ("net", "user")).Cards.Select(TypeOf), Is.EqualTo(new[] { "virtio-net-pci", "rtl8139" }));
    }

    [Test]
    public void A_screen_is_there_unless_another_one_is_named()
    {
        Assert.That(Of(Older).Screen, Is.EqualTo("VGA"));
        Assert.That(Of(Older, ("vga", "none")).Screen, Is.Null);
        Assert.That(Of(Older, ("nodefaults", ""), ("vga", "cirrus")).Screen, Is.EqualTo("cirrus-vga"));
        Assert.That(Of(Older, ("device", "virtio-vga")).Screen, Is.Null);
    }

    [Test]
    public void Ports_go_where_the_screen_would_be()
    {
        Assert.That(Of(Older).Ports("serial").Select(static port => port.Value), Is.EqualTo(new[] { "vc" }));
        Assert.That(Of(Older, ("nographic", "")).Ports("serial").Select(static port => port.Value), Is.EqualTo(new[] { "stdio" }));
        Assert.That(Of(Older, ("nographic", "")).Ports("parallel").Select(static port => port.Value), Is.EqualTo(new[] { "null" }));
        Assert.That(Of(Older, ("serial", "null")).Ports("serial"), Is.Empty);
        Assert.That(Of(Older, ("device", "isa-serial,chardev=c")).Ports("serial"), Is.Empty);
    }

    private static DefaultDevices Of(string board, params (string Name, string Value)[] options)
        => new([.. options.Select(static option => new GivenOption(option.Name, option.Value, $"-{option.Name} {option.Value}"))], board);

    private static string TypeOf(QDict card) => ((QString)card["driver"]).Value;
}
