using NUnit.Framework;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

/// <summary>The debug events that requests raise, in the order in which QEMU's blkdebug sees them (found with set-state rules).</summary>
public sealed class DebugEventTests
{
    private const string Allocate = "cluster_alloc refblock_alloc refblock_load";
    private const string Write = "write_aio pwritev pwritev_done";
    private const string WriteCopied = "write_aio cow_write pwritev pwritev_done";
    private const string ZeroAround = "cluster_alloc_space pwritev_zero pwritev_done";
    private const string FlushRefcounts = "refblock_update_part pwritev pwritev_done";
    private const string FlushTable = "l2_update pwritev pwritev_done";

    [TestCase("read 0 4k", "l2_load read_aio")]
    [TestCase("read 128k 4k", "l2_load")]
    [TestCase("write 0 4k", "l2_load " + Write)]
    [TestCase("write 64k 64k", "l2_load " + Allocate + " " + Write)]
    [TestCase("write 68k 4k", "l2_load " + Allocate + " " + ZeroAround + " " + Write)]
    [TestCase("write 68k 64k", "l2_load " + Allocate + " " + ZeroAround + " " + Write)]
    [TestCase("write 64k 64k;flush", "l2_load " + Allocate + " " + Write + " flush_to_os " + FlushRefcounts + " " + FlushTable + " flush_to_disk")]
    [TestCase("write -z 0 64k;flush", "l2_load flush_to_os " + FlushTable + " flush_to_disk")]
    [TestCase("write -z -u 0 64k;flush", "l2_load cluster_free refblock_alloc refblock_load flush_to_os " + FlushTable + " " + FlushRefcounts + " flush_to_disk")]
    [TestCase("write -z 0 4k;flush", "l2_load " + Write + " flush_to_os flush_to_disk")]
    [TestCase("write -z 64k 4k;flush", "l2_load flush_to_os " + FlushTable + " flush_to_disk")]
    [TestCase("discard 0 64k;flush", "l2_load cluster_free refblock_alloc refblock_load flush_to_os " + FlushTable + " " + FlushRefcounts + " flush_to_disk")]
    [TestCase("write -c 64k 64k", "l2_load cluster_alloc_bytes refblock_alloc refblock_load l2_update_compressed write_compressed pwritev pwritev_done")]
    public void Requests_raise_the_events_that_QEMU_raises(string commands, string events)
        => Check(commands, "reftable_load " + events, ["write 0 64k", "write 32M 64k"]);

    [TestCase("write 68k 4k", "l2_load " + Allocate + " cow_read read_backing_aio " + WriteCopied)]
    [TestCase("write 68k 20k", "l2_load " + Allocate + " cow_read read_backing_aio cow_read read_backing_aio " + WriteCopied)]
    [TestCase("write 68k 64k", "l2_load " + Allocate + " cow_read read_backing_aio cow_read read_backing_aio " + WriteCopied)]
    [TestCase("read 68k 4k", "l2_load read_backing_aio")]
    [TestCase("discard 64k 64k;flush", "l2_load flush_to_os " + FlushTable + " flush_to_disk")]
    public void Requests_over_a_backing_file_raise_the_events_that_QEMU_raises(string commands, string events)
        => Check(commands, "reftable_load " + events, ["write 0 64k", "write 32M 64k"], backing: true);

    [TestCase("write 68k 4k", "l2_load " + Allocate + " " + ZeroAround + " " + Write, "write -z 64k 64k")]
    [TestCase("write 68k 4k", "l2_load " + ZeroAround + " " + Write, "write 64k 64k;write -z 64k 64k")]
    [TestCase("read 64k 4k", "l2_load read_compressed", "write -c 64k 64k")]
    [TestCase("write 64k 4k", "l2_load " + Allocate + " cow_read read_compressed " + WriteCopied + " cluster_free " + FlushRefcounts + " refblock_alloc refblock_load", "write -c 64k 64k")]
    public void Requests_to_special_clusters_raise_the_events_that_QEMU_raises(string commands, string events, string preparation)
        => Check(commands, "reftable_load " + events, ["write 0 64k", .. preparation.Split(';')]);

    [Test]
    public void A_new_table_raises_the_events_that_QEMU_raises() => Check(
        "write 64k 64k;read 600M 4k",
        $"reftable_load {Allocate} {FlushRefcounts} l2_alloc_write {FlushTable} l1_update pwritev pwritev_done {Allocate} {Write} l2_load read_aio",
        ["write 600M 64k"],
        size: 1 << 30);

    [Test]
    public void Lazy_refcounts_raise_the_events_that_QEMU_raises() => Check(
        "write 64k 64k;flush",
        $"reftable_load l2_load {Allocate} {Write} pwritev pwritev_done flush_to_os {FlushTable} flush_to_disk",
        ["write 0 64k", "write 32M 64k"],
        change: o => o with { LazyRefcounts = true });

    [Test]
    public void A_longer_L1_table_raises_the_events_that_QEMU_raises() => Check(
        "truncate 1024G",
        $"reftable_load l1_grow_alloc_table {Allocate} {FlushRefcounts} l1_grow_write_table pwritev pwritev_done l1_grow_activate_table "
        + $"pwritev pwritev_done cluster_free refblock_alloc refblock_load pwritev pwritev_done {FlushRefcounts}",
        ["write 0 64k", "write 32M 64k"]);

    private static void Check(
        string commands,
        string events,
        string[] preparation,
        bool backing = false,
        long size = 64 << 20,
        Func<BlockdevCreateOptionsQcow2, BlockdevCreateOptionsQcow2>? change = null) => Qcow2Host.Run(async host =>
        {
            byte[] below = new byte[64 << 20];
            below.AsSpan(0, 4 << 20).Fill(7);
            host.Disks["backing"] = new MemoryDisk(below);
            await host.CreateAsync("a", size, change);
            BlockBackend backend = await OpenAsync(host, backing);
            foreach (string command in preparation)
            {
                await RunAsync(backend, command);
            }

            await backend.RemoveAsync();
            List<string> found = host.Disks["a"].Events = [];
            backend = await OpenAsync(host, backing);
            foreach (string command in commands.Split(';'))
            {
                await RunAsync(backend, command);
            }

            Assert.That(string.Join(' ', found), Is.EqualTo(events));
            host.Disks["a"].Events = null;
            await backend.RemoveAsync();
        });

    private static Task<BlockBackend> OpenAsync(Qcow2Host host, bool backing) => host.OpenAsync("a", more: o => o with
    {
        Backing = backing
            ? Qcow2Host.BackingRef("backing")
            : new BlockdevRefOrNull.Null(),
    });

    private static async Task RunAsync(BlockBackend backend, string command)
    {
        string[] words = command.Split(' ');
        long last = words.Length > 1 ? Parse(words[^1]) : 0;
        long offset = words.Length > 2 ? Parse(words[^2]) : 0;
        switch (words[0])
        {
            case "flush":
                await backend.Child.FlushAsync();
                break;
            case "read":
                await backend.Child.ReadAsync(offset, new byte[last]);
                break;
            case "discard":
                await backend.Child.DiscardAsync(offset, last);
                break;
            case "truncate":
                await backend.Child.TruncateAsync(last);
                break;
            case "write" when words.Contains("-z"):
                await backend.Child.WriteZeroesAsync(offset, last, words.Contains("-u") ? RequestFlags.MayUnmap : RequestFlags.None);
                break;
            default:
                await backend.Child.WriteAsync(
                    offset, Enumerable.Repeat((byte)0xcd, (int)last).ToArray(), words.Contains("-c") ? RequestFlags.WriteCompressed : RequestFlags.None);
                break;
        }
    }

    private static long Parse(string number) => number[^1] switch
    {
        'k' => long.Parse(number[..^1]) << 10,
        'M' => long.Parse(number[..^1]) << 20,
        'G' => long.Parse(number[..^1]) << 30,
        _ => long.Parse(number),
    };
}
