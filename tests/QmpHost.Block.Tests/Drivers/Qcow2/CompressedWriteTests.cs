using NUnit.Framework;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

/// <summary>Where compressed data comes to lie.</summary>
[TestFixture]
public sealed class CompressedWriteTests
{
    private const int ClusterSize = 512;

    /// <summary>
    /// Compressed data fills on in the cluster where the last of it lay, even if that has been freed since. The block that counts it
    /// may be gone then: the header of the image must not be taken for one.
    /// </summary>
    [Test]
    public void A_cluster_is_filled_on_after_the_block_that_counts_it_is_gone() => Qcow2Host.Run(async host =>
    {
        const int Size = 128 * 1024;
        await host.CreateAsync("a", Size, static options => options with { ClusterSize = ClusterSize, RefcountBits = 64 });
        BlockBackend disk = await host.OpenAsync("a");
        await disk.WriteAsync(0, new byte[40 * 1024]);
        await disk.Child.WriteAsync(60 * 1024, new byte[ClusterSize], RequestFlags.WriteCompressed);
        await disk.Child.TruncateAsync(ClusterSize);
        await disk.Child.TruncateAsync(Size);

        byte[] data = new byte[ClusterSize];
        data.AsSpan().Fill(7);
        await disk.Child.WriteAsync(60 * 1024, data, RequestFlags.WriteCompressed);
        await disk.WriteAsync(80 * 1024, data);
        await disk.FlushAsync();

        byte[] found = new byte[ClusterSize];
        await disk.ReadAsync(60 * 1024, found);
        Assert.That(found, Is.EqualTo(data));
        await disk.DeleteAsync();
        Assert.That((await host.CheckAsync("a")).Messages, Is.Empty);
    });
}
