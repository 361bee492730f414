using QmpHost.Exports.Tests.Support;

namespace QmpHost.Exports.Tests.VhostUser;

/// <summary>What front ends are told of the device, as QEMU told it.</summary>
[TestFixture]
public class VhostUserProtocolTests
{
    [TestCase("7.2", "\"writable\": true", "000800000000000000000000" + "7e000000" + "00000000" + "00020000" + "00000100" + "01000000" + "00000100" + "0080000001000000" + "01000000" + "0080000001000000" + "00000000")]
    [TestCase("10.0", "\"num-queues\": 4, \"logical-block-size\": 4096", "000800000000000000000000" + "7e000000" + "00000000" + "00100000" + "00000100" + "01000000" + "00000400" + "0080000001000000" + "08000000" + "0080000001000000" + "00000000")]
    [TestCase("11.1", "\"writable\": true", "000800000000000000000000" + "7e000000" + "00000000" + "00020000" + "00000000" + "00000000" + "00000100" + "0080000001000000" + "01000000" + "0080000001000000" + "00000000")]
    public async Task The_configuration_is_that_of_QEMU(string profile, string options, string expected)
    {
        await using var host = new TestHost(profile);
        await host.ExportAsync(options);
        using FrontEnd front = await FrontEnd.ConnectAsync(host.SocketPath);
        Assert.That(Convert.ToHexStringLower(front.AskConfiguration(60)), Is.EqualTo(expected));
        Assert.That(front.AskConfiguration(61), Has.Length.EqualTo(profile == "7.2" ? 0 : 61));
        Assert.That(front.AskConfiguration(8), Is.EqualTo(new byte[] { 0, 8, 0, 0, 0, 0, 0, 0 }));
        Assert.That(front.AskConfiguration(257), Is.Empty);
    }

    [Test]
    public async Task Features_tell_whether_the_disk_may_be_written()
    {
        await using var host = new TestHost();
        await host.ExportAsync("\"num-queues\": 7");
        using FrontEnd front = await FrontEnd.ConnectAsync(host.SocketPath);
        Assert.That(front.Ask(1), Is.EqualTo(0x171007E66));
        Assert.That(front.Ask(15), Is.EqualTo(0x8229));
        Assert.That(front.Ask(17), Is.EqualTo(7));
    }

    [Test]
    public async Task The_write_cache_is_all_that_can_be_switched()
    {
        await using var host = new TestHost();
        await host.ExportAsync();
        using FrontEnd front = await FrontEnd.ConnectAsync(host.SocketPath);
        front.Send(16, 0x20B);
        front.Send(25, [.. FrontEnd.Pack(32u, 1u, 0u), 1], flags: 9);
        Assert.That(front.Receive(), Is.All.Zero);
        Assert.That(front.AskConfiguration(60)[32], Is.EqualTo(1));
        front.Send(25, [.. FrontEnd.Pack(30u, 1u, 0u), 1]);
        Assert.That(front.TryReceive(), Is.Null);
        Assert.That(host.Reports, Is.EqualTo(["vu_panic: Set virtio configuration space failed"]));
    }

    [Test]
    public async Task A_queue_goes_on_where_it_was_stopped()
    {
        await using var host = new TestHost();
        await host.ExportAsync();
        using FrontEnd front = await FrontEnd.StartAsync(host.SocketPath);
        for (int i = 0; i < 3; i++)
        {
            await front.RequestAsync(0, 0, room: 512);
        }

        front.Send(11, FrontEnd.Pack(0u, 0u));
        Assert.That(front.Receive(), Is.EqualTo(FrontEnd.Pack(0u, 3u)));
        front.PutRequest(0, 0, room: 512);
        Assert.That(front.Ask(17), Is.EqualTo(1));
        Assert.That(front.IsGivenBack, Is.False);
        front.StartQueue(first: 3);
        Assert.That(await front.WaitAsync(), Is.EqualTo(513));
    }

    [Test]
    public async Task The_next_front_end_waits_for_the_first_to_go()
    {
        await using var host = new TestHost();
        await host.ExportAsync();
        FrontEnd first = await FrontEnd.StartAsync(host.SocketPath);
        using FrontEnd second = await FrontEnd.ConnectAsync(host.SocketPath);
        second.Send(1, []);
        Assert.That(await first.RequestAsync(0, 0, room: 512), Is.EqualTo((513u, 0)));
        first.Dispose();
        Assert.That(second.Receive(), Has.Length.EqualTo(8));
    }

    [Test]
    public async Task A_front_end_does_not_keep_its_export()
    {
        await using var host = new TestHost();
        await host.ExportAsync();
        using FrontEnd front = await FrontEnd.StartAsync(host.SocketPath);
        await host.RemoveExportAsync("e");
        Assert.That(host.Events.Select(static found => found.GetType().Name), Is.EqualTo(["BlockExportDeletedEvent"]));
        Assert.That(front.TryReceive(), Is.Null);
        Assert.That(File.Exists(host.SocketPath), Is.False);
    }

    [Test]
    public async Task The_length_follows_the_disk()
    {
        await using var host = new TestHost();
        await host.ExportAsync();
        using FrontEnd front = await FrontEnd.StartAsync(host.SocketPath);
        await host.ResizeAsync("n", 2097152);
        Assert.That(front.AskConfiguration(8), Is.EqualTo(new byte[] { 0, 16, 0, 0, 0, 0, 0, 0 }));
        Assert.That(await front.RequestAsync(0, 3000, room: 512), Is.EqualTo((513u, 0)));
    }
}
