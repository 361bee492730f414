using NUnit.Framework;
using QmpHost.Block.Drivers.Qcow2.Checking;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

public sealed class BasicTests
{
    [Test]
    public void A_new_image_has_the_length_of_QEMUs() => Qcow2Host.Run(async host =>
    {
        MemoryDisk disk = await host.CreateAsync("a", 64 << 20);
        Assert.That(disk.Length, Is.EqualTo(196616));
        CheckReport report = await host.CheckAsync("a");
        Assert.That(report.Messages, Is.Empty);
    });

    [Test]
    public void Written_data_is_read_back_after_reopening() => Qcow2Host.Run(async host =>
    {
        await host.CreateAsync("a", 64 << 20);
        byte[] data = new byte[300_000];
        new Random(1).NextBytes(data);
        BlockBackend backend = await host.OpenAsync("a");
        await backend.WriteAsync(123_456, data);
        byte[] read = new byte[data.Length];
        await backend.ReadAsync(123_456, read);
        Assert.That(read, Is.EqualTo(data));
        await backend.RemoveAsync();

        backend = await host.OpenAsync("a");
        read = new byte[data.Length + 1000];
        await backend.ReadAsync(123_456 - 500, read);
        Assert.That(read.AsSpan(500, data.Length).SequenceEqual(data), Is.True);
        Assert.That(read.AsSpan(0, 500).ContainsAnyExcept((byte)0), Is.False);
        Assert.That(read.AsSpan(500 + data.Length).ContainsAnyExcept((byte)0), Is.False);
        await backend.RemoveAsync();
        CheckReport report = await host.CheckAsync("a");
        Assert.That(report.Messages, Is.Empty);
        Assert.That(report.AllocatedClusters, Is.EqualTo(6));
    });
}
