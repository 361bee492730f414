using System.Buffers.Binary;
using NUnit.Framework;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

/// <summary>Tables that contradict themselves: the errors, the event and what remains usable, as QEMU has it.</summary>
public sealed class CorruptionTests
{
    private const int L1 = 0x30000;
    private const int L2 = 0x40000;
    private const int Data = 0x50000;
    private const int RefcountTable = 0x10000;
    private const int RefcountBlock = 0x20000;
    private const long Copied = long.MinValue;

    [TestCase(L2, Copied | Data | 0x200, "read 0", "Cluster allocation offset 0x50200 unaligned (L2 offset: 0x40000, L2 index: 0)")]
    [TestCase(L2, Copied | Data | 0x200, "write 0", "Data cluster offset 0x50200 unaligned (guest offset: 0)")]
    [TestCase(L2, Data | 0x200L, "write 0", "Cluster allocation offset 0x50200 unaligned (L2 offset: 0x40000, L2 index: 0)")]
    [TestCase(L2, Copied | Data | 0x201, "read 0", "Cluster allocation offset 0x50200 unaligned (L2 offset: 0x40000, L2 index: 0)")]
    [TestCase(L2, Copied | Data | 0x201, "write 0", "Preallocated zero cluster offset 0x50200 unaligned (guest offset: 0)")]
    [TestCase(L2, Copied | 0x10000, "write 0", "Preventing invalid write on metadata (overlaps with refcount table)")]
    [TestCase(L2, Copied | L2, "write 0", "Preventing invalid write on metadata (overlaps with active L2 table)")]
    [TestCase(L2, Copied | L1, "write 0", "Preventing invalid write on metadata (overlaps with active L1 table)")]
    [TestCase(L2, Copied | RefcountBlock, "write 0", "Preventing invalid write on metadata (overlaps with refcount block)")]
    [TestCase(L1, Copied | L2 | 0x200, "read 0", "L2 table offset 0x40200 unaligned (L1 index: 0)")]
    [TestCase(L1, Copied | L2 | 0x200, "write 0", "L2 table offset 0x40200 unaligned (L1 index: 0)")]
    [TestCase(L1, Copied | L2 | 0x200, "discard 0", "L2 table offset 0x40200 unaligned (L1 index: 0)")]
    [TestCase(RefcountTable, RefcountBlock | 0x200L, "write 1M", "Refblock offset 0x20200 unaligned (reftable index: 0)")]
    [TestCase(RefcountTable, 0L, "write 1M", "Preventing invalid write on metadata (overlaps with refcount table)")]
    [TestCase(RefcountTable, 0x10000000L, "write 1M", "Preventing invalid write on metadata (overlaps with qcow2_header)")]
    [TestCase(RefcountBlock, 0L, "write 1M", "Preventing invalid write on metadata (overlaps with qcow2_header)")]
    public void A_contradiction_ends_the_use_of_the_image(int place, long value, string command, string message) => Qcow2Host.Run(async host =>
    {
        MemoryDisk disk = await PrepareAsync(host, place, value);
        BlockBackend backend = await host.OpenAsync("a");
        Assert.That(await RunAsync(backend, command), Is.EqualTo(Errno.EIO));
        Assert.That(await RunAsync(backend, "read 64k"), Is.EqualTo(Errno.ENOMEDIUM));
        Assert.That(host.Events, Has.Count.EqualTo(1));
        var corrupted = (BlockImageCorruptedEvent)host.Events[0];
        Assert.That(corrupted.Msg, Is.EqualTo(message));
        Assert.That(corrupted.Fatal, Is.True);
        Assert.That(corrupted.NodeName, Is.EqualTo("n-a"));
        await backend.RemoveAsync();
        Assert.That(disk.ToArray()[79], Is.EqualTo(2));
    });

    [TestCase(L2, Copied | Data | 0x200, "discard 0", "Cannot free unaligned cluster 0x50200")]
    public void A_harmless_contradiction_is_only_reported(int place, long value, string command, string message) => Qcow2Host.Run(async host =>
    {
        await PrepareAsync(host, place, value);
        BlockBackend backend = await host.OpenAsync("a");
        Assert.That(await RunAsync(backend, command), Is.EqualTo(Errno.None));
        Assert.That(await RunAsync(backend, "read 64k"), Is.EqualTo(Errno.None));
        Assert.That(((BlockImageCorruptedEvent)host.Events[0]).Msg, Is.EqualTo(message));
        Assert.That(((BlockImageCorruptedEvent)host.Events[0]).Fatal, Is.False);
        await backend.RemoveAsync();
    });

    [Test]
    public void A_read_only_image_stays_usable() => Qcow2Host.Run(async host =>
    {
        await PrepareAsync(host, L2, Copied | Data | 0x200);
        BlockBackend backend = await host.OpenAsync("a", readOnly: true);
        Assert.That(await RunAsync(backend, "read 0"), Is.EqualTo(Errno.EIO));
        Assert.That(await RunAsync(backend, "read 0"), Is.EqualTo(Errno.EIO));
        Assert.That(await RunAsync(backend, "read 64k"), Is.EqualTo(Errno.None));
        Assert.That(host.Events, Has.Count.EqualTo(1));
        Assert.That(((BlockImageCorruptedEvent)host.Events[0]).Fatal, Is.False);
        await backend.RemoveAsync();
    });

    [TestCase(RefcountTable, RefcountBlock | 0x200L, "discard 0")]
    public void A_discard_succeeds_even_if_the_refcounts_are_broken(int place, long value, string command) => Qcow2Host.Run(async host =>
    {
        await PrepareAsync(host, place, value);
        BlockBackend backend = await host.OpenAsync("a");
        Assert.That(await RunAsync(backend, command), Is.EqualTo(Errno.None));
        Assert.That(await RunAsync(backend, "read 64k"), Is.EqualTo(Errno.ENOMEDIUM));
        await backend.RemoveAsync();
    });

    [TestCase(L2, Copied | 0x10000000, "write 0", Errno.None)]
    [TestCase(L2, Copied | Data | 0x1fe | (0x3fL << 56), "read 0", Errno.None)]
    [TestCase(L2, Copied, "write 0", Errno.None)]
    [TestCase(L2, Copied | 1, "write 0", Errno.None)]
    [TestCase(L2, (1L << 62) | Data | 7, "read 0", Errno.EIO)]
    [TestCase(L2, (1L << 62) | 0x3fffffffffffffL, "write 0", Errno.EIO)]
    [TestCase(L2, (1L << 62) | 0x1234567, "discard 0", Errno.None)]
    [TestCase(L1, Copied | 0x10000000, "write 0", Errno.None)]
    [TestCase(RefcountTable, RefcountBlock | 1L, "write 1M", Errno.None)]
    public void Oddities_do_no_harm(int place, long value, string command, Errno errno) => Qcow2Host.Run(async host =>
    {
        await PrepareAsync(host, place, value);
        BlockBackend backend = await host.OpenAsync("a");
        Assert.That(await RunAsync(backend, command), Is.EqualTo(errno));
        Assert.That(host.Events, Is.Empty);
        await backend.RemoveAsync();
    });

    [TestCase("discard 0")]
    [TestCase("write 0")]
    [TestCase("zero 0")]
    public void A_place_that_no_refcount_table_could_count_is_given_up(string command) => Qcow2Host.Run(async host =>
    {
        MemoryDisk disk = await host.CreateAsync("a", 64 << 10, static options => options with { ClusterSize = 512 });
        BlockBackend backend = await host.OpenAsync("a");
        await backend.WriteAsync(0, new byte[4096]);
        await backend.RemoveAsync();
        byte[] file = disk.ToArray();
        long l1 = BinaryPrimitives.ReadInt64BigEndian(file.AsSpan(40));
        long l2 = BinaryPrimitives.ReadInt64BigEndian(file.AsSpan((int)l1)) & ~Copied;
        byte[] far = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(far, 0x00ff_ffff_ffff_fe00);
        disk.Write(l2, far);

        backend = await host.OpenAsync("a");
        Assert.That(await RunAsync(backend, command), Is.EqualTo(Errno.None));
        Assert.That(await RunAsync(backend, "write 0"), Is.EqualTo(Errno.None));
        Assert.That(host.Events, Is.Empty);
        await backend.RemoveAsync();
    });

    [Test]
    public void A_wrong_target_is_overwritten_if_the_check_is_off() => Qcow2Host.Run(async host =>
    {
        await PrepareAsync(host, L2, Copied | L1);
        BlockBackend backend = await host.OpenAsync("a", more: o => o with { OverlapCheck = new Qcow2OverlapChecks.Mode(Qcow2OverlapCheckMode.None) });
        Assert.That(await RunAsync(backend, "write 0"), Is.EqualTo(Errno.None));
        await backend.RemoveAsync();
    });

    private static async Task<MemoryDisk> PrepareAsync(Qcow2Host host, int place, long value)
    {
        MemoryDisk disk = await host.CreateAsync("a", 64 << 20);
        BlockBackend backend = await host.OpenAsync("a");
        await backend.WriteAsync(0, Enumerable.Repeat((byte)0xcd, 131072).ToArray());
        await backend.RemoveAsync();
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        disk.Write(place, bytes);
        return disk;
    }

    private static async Task<Errno> RunAsync(BlockBackend backend, string command)
    {
        string[] words = command.Split(' ');
        long offset = words[1] switch { "0" => 0, "64k" => 65536, _ => 1 << 20 };
        try
        {
            await (words[0] switch
            {
                "read" => backend.Child.ReadAsync(offset, new byte[4096]),
                "discard" => backend.Child.DiscardAsync(offset, 65536),
                "zero" => backend.Child.WriteZeroesAsync(offset, 512, RequestFlags.MayUnmap),
                _ => backend.Child.WriteAsync(offset, new byte[4096]),
            });
            return Errno.None;
        }
        catch (BlockIOException e)
        {
            return e.Errno;
        }
    }
}
