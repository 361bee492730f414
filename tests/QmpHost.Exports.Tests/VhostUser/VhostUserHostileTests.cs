using QmpHost.Exports.Tests.Support;

namespace QmpHost.Exports.Tests.VhostUser;

/// <summary>Front ends that lie: they lose their connection, and nobody else notices.</summary>
[TestFixture]
public class VhostUserHostileTests
{
    private const ulong Guest = FrontEnd.GuestAddress;

    [TestCase(0x10ul, 16u, "virtio: invalid address for buffers")]
    [TestCase(Guest + 0x200000 - 256, 512u, "virtio: invalid address for buffers")]
    [TestCase(ulong.MaxValue - 255, 512u, "virtio: invalid address for buffers")]
    [TestCase(Guest, 0u, "virtio: zero sized buffers are not allowed")]
    [TestCase(Guest, uint.MaxValue, "virtio: invalid address for buffers")]
    public Task Buffers_outside_of_the_memory_end_the_connection(ulong address, uint length, string report)
        => ExpectEndAsync(front => front.Put((Guest + FrontEnd.Header, 16, false), (address, length, true)), report);

    [Test]
    public Task Descriptors_in_the_wrong_order_end_the_connection()
        => ExpectEndAsync(front => front.Put((Guest, 16, true), (Guest, 16, false)), "Incorrect order for descriptors");

    [Test]
    public Task A_loop_of_descriptors_ends_the_connection() => ExpectEndAsync(
        static front =>
        {
            front.SetDescriptor(0, Guest, 16, 1, 1);
            front.SetDescriptor(1, Guest, 16, 1, 0);
            front.PutHead(0);
        },
        "Looped descriptor");

    [Test]
    public Task A_head_that_is_none_ends_the_connection() => ExpectEndAsync(static front => front.PutHead(500), "Guest says index 500 is available");

    [Test]
    public Task A_next_one_that_is_none_ends_the_connection() => ExpectEndAsync(
        static front =>
        {
            front.SetDescriptor(0, Guest, 16, 1, 400);
            front.PutHead(0);
        },
        "Desc next is 400");

    [Test]
    public Task More_requests_than_there_is_room_for_end_the_connection()
        => ExpectEndAsync(static front => front.PutHead(0, steps: 129), "Guest moved used index from 0 to 129");

    [TestCase(15u)]
    [TestCase(16u)]
    [TestCase(0xFFFFFFF0u)]
    public Task Tables_of_tables_that_were_not_agreed_on_end_the_connection(uint length) => ExpectEndAsync(
        front =>
        {
            front.SetDescriptor(0, Guest, length, 4, 0);
            front.PutHead(0);
        },
        "Invalid size for indirect buffer table");

    [Test]
    public async Task A_table_of_its_own_carries_a_request()
    {
        await using var host = new TestHost();
        await host.ExportAsync();
        using FrontEnd front = await FrontEnd.StartAsync(host.SocketPath, FrontEnd.AllFeatures);
        const int table = 0x30000;
        FrontEnd.Pack(Guest + FrontEnd.Header, 16u, 1u | (1u << 16)).CopyTo(front.Memory.Bytes[table..]);
        FrontEnd.Pack(Guest + FrontEnd.Data, 513u, 2u).CopyTo(front.Memory.Bytes[(table + 16)..]);
        front.SetDescriptor(0, Guest + table, 32, 4, 0);
        front.PutHead(0);
        Assert.That(await front.WaitAsync(), Is.EqualTo(513));
    }

    [Test]
    public async Task Memory_that_is_taken_away_ends_the_connection_and_nothing_else()
    {
        await using var host = new TestHost();
        await host.ExportAsync();
        using (FrontEnd front = await FrontEnd.StartAsync(host.SocketPath))
        {
            await front.RequestAsync(0, 0, room: 512);
            front.Memory.Resize(0);
            front.Kick();
            Assert.That(front.TryReceive(), Is.Null);
        }

        using FrontEnd next = await FrontEnd.StartAsync(host.SocketPath);
        Assert.That(await next.RequestAsync(0, 0, room: 512), Is.EqualTo((513u, 0)));
    }

    [Test]
    public async Task Data_that_is_taken_away_ends_the_connection_and_nothing_else()
    {
        await using var host = new TestHost();
        await host.ExportAsync();
        using FrontEnd front = await FrontEnd.StartAsync(host.SocketPath);
        front.Memory.Resize(FrontEnd.Data);
        front.Put((Guest + FrontEnd.Header, 16, false), (Guest + FrontEnd.Data, 512, true), (Guest + FrontEnd.Status, 1, true));
        Assert.That(front.TryReceive(), Is.Null);
        await host.RemoveExportAsync("e");
    }

    [Test]
    public async Task Requests_that_are_none_are_dropped_and_the_queue_goes_on()
    {
        await using var host = new TestHost();
        await host.ExportAsync();
        using FrontEnd front = await FrontEnd.StartAsync(host.SocketPath);
        front.Put((Guest + FrontEnd.Header, 8, false), (Guest + FrontEnd.Status, 1, true));
        front.Put((Guest + FrontEnd.Status, 1, true));
        front.Put((Guest + FrontEnd.Header, 16, false));
        Assert.That(front.Ask(17), Is.EqualTo(1));
        await Until(() => host.Reports.Count == 3);
        Assert.That(await front.RequestAsync(0, 0, room: 512), Is.EqualTo((513u, 0)));
    }

    // Request, numbers of its payload.
    [TestCase(99u, "")]
    [TestCase(6u, "0,0")]
    [TestCase(8u, "0,2048")]
    [TestCase(8u, "0,3")]
    [TestCase(8u, "0,0")]
    [TestCase(8u, "1,128")]
    [TestCase(9u, "0,0,0,0")]
    [TestCase(11u, "4000000000,0")]
    [TestCase(2u, "0,0")]
    [TestCase(5u, "9,0")]
    [TestCase(5u, "1,0")]
    [TestCase(12u, "0,0")]
    [TestCase(13u, "5,0")]
    [TestCase(21u, "")]
    [TestCase(37u, "0,0,0,0,0,0,0,0,0,0")]
    [TestCase(38u, "0,0,1,0,1,0,1,0,0,0")]
    [TestCase(24u, "0")]
    public async Task A_message_that_makes_no_sense_ends_the_connection(uint request, string numbers)
    {
        await using var host = new TestHost();
        await host.ExportAsync();
        using (FrontEnd front = await FrontEnd.ConnectAsync(host.SocketPath))
        {
            front.Send(request, FrontEnd.Pack([.. numbers.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(static number => (object)uint.Parse(number))]));
            Assert.That(front.TryReceive(), Is.Null);
        }

        using FrontEnd next = await FrontEnd.ConnectAsync(host.SocketPath);
        Assert.That(next.Ask(17), Is.EqualTo(1));
        Assert.That(host.Reports, Has.Count.EqualTo(1));
    }

    private static async Task ExpectEndAsync(Action<FrontEnd> attack, string report)
    {
        await using var host = new TestHost();
        await host.ExportAsync();
        using (FrontEnd front = await FrontEnd.StartAsync(host.SocketPath))
        {
            attack(front);
            Assert.That(front.TryReceive(), Is.Null);
        }

        using FrontEnd next = await FrontEnd.StartAsync(host.SocketPath);
        Assert.That(await next.RequestAsync(0, 0, room: 512), Is.EqualTo((513u, 0)));
        Assert.That(host.Reports, Is.EqualTo([$"vu_panic: {report}"]));
    }

    private static async Task Until(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!condition())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
