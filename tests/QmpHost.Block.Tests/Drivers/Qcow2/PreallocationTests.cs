using NUnit.Framework;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

/// <summary>Growing with space while a guest writes.</summary>
[TestFixture]
public sealed class PreallocationTests
{
    private const int ClusterSize = 512;
    private const int OldClusters = 256;

    /// <summary>
    /// Space is given behind the last cluster in use. What a guest allocates meanwhile must not come to lie where counts, tables or space
    /// are made, and no data of it may be cut off.
    /// </summary>
    [Test]
    public void Writes_while_space_is_made_lose_nothing([Values] PreallocMode mode, [Range(1, 20)] int seed)
        => Qcow2Host.Run(async host =>
        {
            var random = new Random(seed);
            MemoryDisk file = await host.CreateAsync("a", OldClusters * ClusterSize, static options => options with { ClusterSize = ClusterSize });
            BlockBackend disk = await host.OpenAsync("a");
            byte[] model = new byte[OldClusters * ClusterSize * 2];
            file.Interfere = async _ =>
            {
                for (int i = random.Next(4); i > 0; i--)
                {
                    await Task.Yield();
                }
            };
            Task growing = disk.Child.TruncateAsync(model.Length, preallocation: mode).AsTask();
            var writing = new List<Task>();
            foreach (int cluster in Enumerable.Range(0, OldClusters).OrderBy(_ => random.Next()).Take(OldClusters / 2))
            {
                writing.Add(WriteAsync(disk, model, cluster, (byte)random.Next(1, 256)));
                await Task.Yield();
            }

            await Task.WhenAll([growing, .. writing]);
            file.Interfere = null;
            byte[] found = new byte[model.Length];
            await disk.ReadAsync(0, found);
            Assert.That(Lost(found, model), Is.Empty);
            await disk.DeleteAsync();
            Assert.That((await host.CheckAsync("a")).Messages, Is.Empty);
        });

    /// <summary>
    /// Where the disk ends within a cluster, its data is given another place, or stays where it is: what a guest writes to it meanwhile must
    /// be found there. Compressed data is unpacked.
    /// </summary>
    [Test]
    public void Writes_to_the_last_cluster_while_space_is_made_lose_nothing(
        [Values] PreallocMode mode, [Values] bool isCompressed, [Range(1, 20)] int seed)
        => Qcow2Host.Run(async host =>
        {
            const int LargeCluster = 4096;
            const int Start = 16 * LargeCluster;
            const int Sector = 512;
            const int Sectors = 5;
            var random = new Random(seed);
            MemoryDisk file = await host.CreateAsync("a", Start + (Sectors * Sector), static options => options with { ClusterSize = LargeCluster });
            BlockBackend disk = await host.OpenAsync("a");
            byte[] model = new byte[Start + (64 * LargeCluster)];
            model.AsSpan(Start, Sectors * Sector).Fill(0xab);
            await disk.Child.WriteAsync(
                Start, model.AsMemory(Start, Sectors * Sector), isCompressed ? RequestFlags.WriteCompressed : RequestFlags.None);
            file.Interfere = async _ =>
            {
                for (int i = random.Next(4); i > 0; i--)
                {
                    await Task.Yield();
                }
            };
            Task growing = disk.Child.TruncateAsync(model.Length, preallocation: mode).AsTask();
            IEnumerable<Task> writing = Enumerable.Range(0, Sectors).Select(sector => WriteAgainAsync(disk, model, Start + (sector * Sector), random));
            await Task.WhenAll([growing, .. writing]);
            file.Interfere = null;
            byte[] found = new byte[model.Length];
            await disk.ReadAsync(0, found);
            Assert.That(found.AsSpan().CommonPrefixLength(model), Is.EqualTo(model.Length));
            await disk.DeleteAsync();
            Assert.That((await host.CheckAsync("a")).Messages, Is.Empty);
        });

    private static async Task WriteAgainAsync(BlockBackend disk, byte[] model, int offset, Random random)
    {
        byte[] data = new byte[512];
        for (int i = 0; i < 8; i++)
        {
            for (int turns = random.Next(20); turns > 0; turns--)
            {
                await Task.Yield();
            }

            data.AsSpan().Fill((byte)random.Next(1, 256));
            data.CopyTo(model, offset);
            await disk.WriteAsync(offset, data);
        }
    }

    private static IEnumerable<int> Lost(byte[] found, byte[] model) => Enumerable.Range(0, model.Length / ClusterSize).Where(
        cluster => !found.AsSpan(cluster * ClusterSize, ClusterSize).SequenceEqual(model.AsSpan(cluster * ClusterSize, ClusterSize)));

    private static async Task WriteAsync(BlockBackend disk, byte[] model, int cluster, byte value)
    {
        byte[] data = new byte[ClusterSize];
        data.AsSpan().Fill(value);
        data.CopyTo(model, cluster * ClusterSize);
        await disk.WriteAsync(cluster * ClusterSize, data);
    }
}
