using QmpHost.Exports.Tests.Support;

namespace QmpHost.Exports.Tests.VhostUser;

/// <summary>What requests of a guest give, as QEMU 7.2 answered the same ones.</summary>
[TestFixture]
public class VhostUserRequestTests
{
    // Type, sector, bytes given, room for an answer; what the guest is told was written, and the status.
    [TestCase(1u, 0ul, 512, 0, 1u, 0, TestName = "write")]
    [TestCase(0u, 1ul, 0, 1024, 1025u, 0, TestName = "read")]
    [TestCase(0u, 0ul, 0, 100, 101u, 1, TestName = "read of no whole sectors")]
    [TestCase(1u, 0ul, 100, 0, 1u, 1, TestName = "write of no whole sectors")]
    [TestCase(0u, 2047ul, 0, 1024, 1025u, 1, TestName = "read over the end")]
    [TestCase(1u, 2048ul, 512, 0, 1u, 1, TestName = "write behind the end")]
    [TestCase(0u, 1ul << 60, 0, 512, 513u, 1, TestName = "read far behind the end")]
    [TestCase(0u, ulong.MaxValue, 0, 512, 513u, 1, TestName = "read of the last sector of all")]
    [TestCase(0u, 5000ul, 0, 0, 1u, 1, TestName = "read of nothing behind the end")]
    [TestCase(1u, 0ul, 0, 0, 1u, 0, TestName = "write of nothing")]
    [TestCase(1u, 0ul, 0, 512, 513u, 0, TestName = "write with room only")]
    [TestCase(0u, 0ul, 512, 0, 1u, 0, TestName = "read with data only")]
    [TestCase(4u, 5ul, 0, 20, 21u, 0, TestName = "flush with room")]
    [TestCase(8u, 0ul, 0, 5, 6u, 0, TestName = "identifier, cut off")]
    [TestCase(2u, 0ul, 0, 0, 1u, 2, TestName = "SCSI command")]
    [TestCase(10u, 0ul, 0, 24, 25u, 2, TestName = "lifetime")]
    [TestCase(0x101u, 0ul, 512, 0, 1u, 2, TestName = "unknown type")]
    [TestCase(0x80000000u, 0ul, 0, 0, 1u, 0, TestName = "barrier")]
    [TestCase(11u, 0ul, 8, 0, 1u, 1, TestName = "discard, too short")]
    [TestCase(11u, 0ul, 32, 0, 1u, 2, TestName = "discard of two areas")]
    public async Task A_request_gives_what_it_gives_in_QEMU(uint type, ulong sector, int given, int room, uint written, int status)
    {
        await using var host = new TestHost();
        await host.ExportAsync();
        using FrontEnd front = await FrontEnd.StartAsync(host.SocketPath);
        Assert.That(await front.RequestAsync(type, sector, new byte[given], room), Is.EqualTo((written, status)));
    }

    // Type, sector, count, flags; the status.
    [TestCase(11u, 0ul, 8u, 0u, 0)]
    [TestCase(11u, 0ul, 8u, 1u, 2)]
    [TestCase(11u, 2047ul, 8u, 1u, 1)]
    [TestCase(11u, 0ul, 0x8001u, 0u, 1)]
    [TestCase(11u, 0ul, 0u, 0u, 0)]
    [TestCase(13u, 0ul, 8u, 0u, 0)]
    [TestCase(13u, 0ul, 8u, 1u, 0)]
    [TestCase(13u, 0ul, 8u, 2u, 2)]
    [TestCase(13u, 2047ul, 8u, 2u, 1)]
    public async Task An_area_is_cleared_as_in_QEMU(uint type, ulong sector, uint count, uint flags, int status)
    {
        await using var host = new TestHost();
        await host.ExportAsync();
        using FrontEnd front = await FrontEnd.StartAsync(host.SocketPath);
        Assert.That(await front.RequestAsync(type, 0, FrontEnd.Pack(sector, count, flags)), Is.EqualTo((1u, status)));
    }

    [Test]
    public async Task What_was_written_is_read([Values(0x140007E46UL, FrontEnd.AllFeatures)] ulong features)
    {
        await using var host = new TestHost();
        await host.ExportAsync();
        using FrontEnd front = await FrontEnd.StartAsync(host.SocketPath, features);
        byte[] data = new byte[65536];
        Random.Shared.NextBytes(data);

        // More requests than the rings have entries.
        for (int i = 0; i < 200; i++)
        {
            Assert.That(await front.RequestAsync(1, (ulong)i, data[..512]), Is.EqualTo((1u, 0)));
        }

        Assert.That(await front.RequestAsync(1, 8, data), Is.EqualTo((1u, 0)));
        Assert.That(await front.RequestAsync(0, 8, room: data.Length), Is.EqualTo(((uint)data.Length + 1, 0)));
        Assert.That(front.Memory.Bytes.Slice(FrontEnd.Data, data.Length).ToArray(), Is.EqualTo(data));
        Assert.That(await front.RequestAsync(13, 0, FrontEnd.Pack(8ul, 8u, 1u)), Is.EqualTo((1u, 0)));
        Assert.That(await front.RequestAsync(0, 8, room: 4096), Is.EqualTo((4097u, 0)));
        Assert.That(front.Memory.Bytes.Slice(FrontEnd.Data, 4096).ToArray(), Is.All.Zero);
    }

    [TestCase("\"writable\": false", 1u, 1)]
    [TestCase("\"writable\": false", 13u, 1)]
    [TestCase("\"writable\": false", 0u, 0)]
    public async Task A_guest_may_not_write_to_what_is_not_writable(string options, uint type, int status)
    {
        await using var host = new TestHost();
        await host.ExportAsync(options);
        using FrontEnd front = await FrontEnd.StartAsync(host.SocketPath);
        Assert.That((await front.RequestAsync(type, 0, new byte[type == 0 ? 0 : 512])).Status, Is.EqualTo(status));
    }

    [Test]
    public async Task Requests_begin_where_blocks_begin()
    {
        await using var host = new TestHost();
        await host.ExportAsync("\"writable\": true, \"logical-block-size\": 4096");
        using FrontEnd front = await FrontEnd.StartAsync(host.SocketPath);
        Assert.That(await front.RequestAsync(0, 1, room: 4096), Is.EqualTo((4097u, 1)));
        Assert.That(await front.RequestAsync(0, 8, room: 512), Is.EqualTo((513u, 0)));
    }

    [Test]
    public async Task A_drained_disk_holds_requests_back()
    {
        await using var host = new TestHost();
        await host.ExportAsync();
        using FrontEnd front = await FrontEnd.StartAsync(host.SocketPath);
        await host.Run(async () =>
        {
            using (await host.Layer.Graph.FindNode("n")!.DrainAsync())
            {
                front.PutRequest(0, 0, room: 512);
                for (int i = 0; i < 100; i++)
                {
                    await host.Loop.YieldAsync();
                }

                Assert.That(front.IsGivenBack, Is.False);
            }
        });
        Assert.That(await front.WaitAsync(), Is.EqualTo(513));
    }
}
