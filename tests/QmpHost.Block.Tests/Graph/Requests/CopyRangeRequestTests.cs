using NUnit.Framework;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Tests.Drivers.Qcow2;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Graph.Requests;

/// <summary>Copies by the system are requests as others are: checked, tracked and marked.</summary>
public sealed class CopyRangeRequestTests
{
    private const int Length = 64 << 10;

    [Test]
    public void The_target_is_marked_and_may_grow() => Qcow2Host.Run(async host =>
    {
        (BlockBackend a, BlockBackend b) = await OpenAsync(host);
        var bitmap = b.Node.Bitmaps.Create("b", 512);
        await a.Child.CopyRangeFromAsync(512, 1024, new CopyRangeTarget(b.Child, Length - 512, RequestFlags.None));
        Assert.Multiple(() =>
        {
            Assert.That(b.Node.Length, Is.EqualTo(Length + 512));
            Assert.That(bitmap.Count, Is.EqualTo(1024));
            Assert.That(host.Disks["b"].ToArray()[^1], Is.EqualTo(0xaa));
        });
    });

    [Test]
    public void A_write_to_the_source_serialises_with_the_copy() => Qcow2Host.Run(async host =>
    {
        (BlockBackend a, BlockBackend b) = await OpenAsync(host);
        var gate = new TaskCompletionSource();
        host.Disks["b"].Interfere = async _ => await gate.Task;
        Task copy = a.Child.CopyRangeFromAsync(0, 4096, new CopyRangeTarget(b.Child, 0, RequestFlags.None)).AsTask();
        host.Disks["a"].Interfere = null;
        Task write = a.Child.WriteAsync(1024, new byte[512], RequestFlags.Serialising).AsTask();
        Assert.That(write.IsCompleted, Is.False);
        gate.SetResult();
        await copy;
        await write;
        Assert.That(host.Disks["b"].ToArray().AsSpan(0, 4096).ContainsAnyExcept((byte)0xaa), Is.False);
    });

    [TestCase(Length - 512, 1024, Errno.ENOTSUP, Description = "Behind the end of the source nobody holds anything.")]
    [TestCase(-512, 512, Errno.EIO)]
    public void What_lies_outside_of_the_source_is_refused(long offset, long bytes, Errno expected) => Qcow2Host.Run(async host =>
    {
        (BlockBackend a, BlockBackend b) = await OpenAsync(host);
        var error = Assert.ThrowsAsync<BlockIOException>(
            () => a.Child.CopyRangeFromAsync(offset, bytes, new CopyRangeTarget(b.Child, 0, RequestFlags.None)).AsTask());
        Assert.That(error!.Errno, Is.EqualTo(expected));
        Assert.That(host.Disks["b"].ToArray().AsSpan().ContainsAnyExcept((byte)0), Is.False);
        await Task.CompletedTask;
    });

    [Test]
    public void Nothing_is_copied_without_the_permission_to_write() => Qcow2Host.Run(async host =>
    {
        (BlockBackend a, BlockBackend b) = await OpenAsync(host, BlockPermissions.ConsistentRead);
        var error = Assert.ThrowsAsync<BlockIOException>(
            () => a.Child.CopyRangeFromAsync(0, 512, new CopyRangeTarget(b.Child, 0, RequestFlags.None)).AsTask());
        Assert.That(error!.Errno, Is.EqualTo(Errno.EPERM));
        await Task.CompletedTask;
    });

    private static async Task<(BlockBackend A, BlockBackend B)> OpenAsync(
        Qcow2Host host, BlockPermissions used = BlockPermissions.Write | BlockPermissions.Resize)
    {
        byte[] filled = new byte[Length];
        filled.AsSpan().Fill(0xaa);
        host.Disks["a"] = new MemoryDisk(filled);
        host.Disks["b"] = new MemoryDisk(new byte[Length]);
        return (await OpenAsync(host, "a", BlockPermissions.ConsistentRead | BlockPermissions.Write), await OpenAsync(host, "b", used));
    }

    private static async Task<BlockBackend> OpenAsync(Qcow2Host host, string disk, BlockPermissions used)
    {
        BlockNode node = await host.Graph.OpenAsync(new BlockdevOptions.Raw
        {
            NodeName = disk,
            File = Qcow2Host.FileRef(disk),
        });
        var backend = new BlockBackend(host.Graph, "test", used, BlockPermissions.All);
        backend.Insert(node);
        await host.Graph.UnrefAsync(node);
        return backend;
    }
}
