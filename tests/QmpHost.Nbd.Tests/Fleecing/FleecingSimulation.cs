using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Nbd.Client;
using QmpHost.Nbd.Protocol;
using QmpHost.Nbd.Tests.Support;
using QmpHost.Net.Transports;
using QmpHost.Qapi.Schema;

namespace QmpHost.Nbd.Tests.Fleecing;

/// <summary>
/// A guest that writes to a disk while clients read its frozen view over NBD, give parts of it up, and die with requests under
/// way. One number decides what each of them does; in which order they get their turns the sockets decide.
/// </summary>
internal sealed class FleecingSimulation(int seed)
{
    private const int Cluster = 65536;
    private const int Clusters = 24;
    private const int Size = (Clusters * Cluster) - 1536;
    private const int ClientCount = 3;

    // When a cluster was given up, in the order of all requests; nothing while it was not.
    private readonly long[] _givenUp = [.. Enumerable.Repeat(long.MaxValue, Clusters)];
    private readonly byte[] _frozen = new byte[Size];
    private long _now;

    /// <summary>How many reads were compared with the frozen disk.</summary>
    public int Reads { get; private set; }

    /// <summary>How many reads were refused.</summary>
    public int Refusals { get; private set; }

    /// <summary>How many clients died.</summary>
    public int Kills { get; private set; }

    /// <summary>Runs everybody.</summary>
    /// <param name="operations">How much each does.</param>
    /// <returns>A task that ends when all are done.</returns>
    public async Task RunAsync(int operations)
    {
        var random = new Random(seed);
        await using var host = new TestHost();
        await PrepareAsync(host, random);
        Task[] all =
        [
            GuestAsync(host, new Random(seed + 1), operations),
            .. Enumerable.Range(0, ClientCount).Select(number => Task.Run(() => ClientAsync(host, new Random((seed * ClientCount) + number), operations))),
        ];
        await Task.WhenAll(all).WaitAsync(TimeSpan.FromMinutes(2));
    }

    private async Task PrepareAsync(TestHost host, Random random)
    {
        // Half of the clusters are zero, so that holes are told from data too.
        for (int cluster = 0; cluster < Clusters; cluster++)
        {
            if (random.Next(2) == 0)
            {
                random.NextBytes(_frozen.AsSpan(cluster * Cluster, Math.Min(Cluster, Size - (cluster * Cluster))));
            }
        }

        await System.IO.File.WriteAllBytesAsync(host.File("disk"), _frozen);
        await using (FileStream scratch = System.IO.File.Create(host.File("scratch")))
        {
            scratch.SetLength(Size);
        }

        string unmap = "'discard': 'unmap'";
        await host.AddNodeAsync($$"""{'driver': 'file', 'node-name': 'disk', 'filename': '{{host.File("disk")}}', {{unmap}}}""");
        await host.AddNodeAsync($$"""{'driver': 'file', 'node-name': 'scratch', 'filename': '{{host.File("scratch")}}', {{unmap}}}""");
        string access = "";
        if (random.Next(2) == 0)
        {
            await host.Run(() => LimitAccess(host, random));
            access = ", 'bitmap': {'node': 'disk', 'name': 'wanted'}";
        }

        await host.AddNodeAsync($$"""{'driver': 'copy-before-write', 'node-name': 'cbw', 'file': 'disk', 'target': 'scratch'{{access}}}""");
        await host.AddNodeAsync($$"""{'driver': 'snapshot-access', 'node-name': 'snapshot', 'file': 'cbw', {{unmap}}}""");
        await host.StartServerAsync();
        await host.AddExportAsync("{'type': 'nbd', 'id': 'e', 'node-name': 'snapshot', 'name': 'frozen', 'writable': true}");
    }

    private void LimitAccess(TestHost host, Random random)
    {
        var wanted = host.Layer.Graph.LookUp("disk").Bitmaps.Create("wanted", Cluster);
        wanted.IsEnabled = false;
        for (int cluster = 0; cluster < Clusters; cluster++)
        {
            if (random.Next(4) == 0)
            {
                _givenUp[cluster] = 0;
            }
            else
            {
                wanted.Bits.Set((long)cluster * Cluster, Math.Min(Cluster, Size - (cluster * Cluster)));
            }
        }
    }

    private static Task GuestAsync(TestHost host, Random random, int operations) => host.Run(async () =>
    {
        var guest = new BlockBackend(host.Layer.Graph, "a guest", BlockPermissions.ConsistentRead | BlockPermissions.Write, BlockPermissions.All);
        guest.Insert(host.Layer.Graph.LookUp("cbw"));
        var running = new List<Task>();
        for (int i = 0; i < operations; i++)
        {
            (int offset, int bytes) = NextArea(random, 3 * Cluster);
            byte[] data = new byte[bytes];
            random.NextBytes(data);
            running.Add(random.Next(4) switch
            {
                0 => guest.WriteZeroesAsync(offset, bytes, RequestFlags.MayUnmap).AsTask(),
                1 => guest.DiscardAsync(offset, bytes).AsTask(),
                _ => guest.WriteAsync(offset, data).AsTask(),
            });
            if (running.Count > 4)
            {
                await Task.WhenAll(running);
                running.Clear();
            }
            else
            {
                await host.Loop.YieldAsync();
            }
        }

        await Task.WhenAll(running);
        await guest.RemoveAsync();
    });

    private async Task ClientAsync(TestHost host, Random random, int operations)
    {
        for (int done = 0; done < operations;)
        {
            ITransport transport = TransportFactory.Open(await host.ConnectAsync());
            var options = new NbdClientOptions { Server = TestHost.UnixAddressOf(host.SocketPath), Export = "frozen" };
            (TransportReader receiver, NbdExportInfo info) = await new NbdClientNegotiation(options).RunAsync(transport);
            await using var connection = new NbdClientTransmission(receiver, info);
            var running = new List<Task>();
            for (int life = random.Next(1, 20); life > 0 && done < operations; life--, done++)
            {
                running.Add(random.Next(6) == 0 ? DiscardAsync(connection, random) : ReadAsync(connection, random));
                if (running.Count > 3)
                {
                    await Task.WhenAll(running);
                    running.Clear();
                }
            }

            if (random.Next(2) == 0)
            {
                transport.Shutdown();
                lock (_frozen)
                {
                    Kills++;
                }
            }

            await Task.WhenAll(running);
        }
    }

    private async Task ReadAsync(NbdClientTransmission connection, Random random)
    {
        (int offset, int bytes) = NextArea(random, 4 * Cluster);
        byte[] buffer = new byte[bytes];
        long begin = Interlocked.Increment(ref _now);
        bool wasGivenUp = IsGivenUp(offset, bytes, begin);
        try
        {
            await connection.RequestAsync(NbdCommand.Read, NbdCommandFlags.None, offset, bytes, destination: buffer);
        }
        catch (NbdConnectionLostException)
        {
            return;
        }
        catch (BlockIOException e)
        {
            Assert.That(e.Errno, Is.EqualTo(Errno.EINVAL), "a read fails only where it may not read, and NBD has no better word for that");
            Assert.That(IsGivenUp(offset, bytes, long.MaxValue), "a read is refused only where the view was given up");
            lock (_frozen)
            {
                Refusals++;
            }

            return;
        }

        Assert.That(wasGivenUp, Is.False, "what was given up cannot be read");
        if (!IsGivenUp(offset, bytes, long.MaxValue))
        {
            Assert.That(buffer.AsSpan().SequenceEqual(_frozen.AsSpan(offset, bytes)), $"seed {seed}: {bytes} bytes at {offset}");
            lock (_frozen)
            {
                Reads++;
            }
        }
    }

    private async Task DiscardAsync(NbdClientTransmission connection, Random random)
    {
        (int offset, int bytes) = NextArea(random, 2 * Cluster);
        int first = (offset + Cluster - 1) / Cluster;
        int end = offset + bytes == Size ? Clusters : (offset + bytes) / Cluster;

        // From now on the clusters may be refused, and once the reply is there they must.
        Mark(first, end, long.MaxValue - 1);
        try
        {
            await connection.RequestAsync(NbdCommand.Trim, NbdCommandFlags.None, offset, bytes);
            Mark(first, end, Interlocked.Increment(ref _now));
        }
        catch (NbdConnectionLostException)
        {
            // Whether the server still did it nobody knows.
        }
    }

    private void Mark(int first, int end, long time)
    {
        lock (_givenUp)
        {
            for (int cluster = first; cluster < end; cluster++)
            {
                _givenUp[cluster] = Math.Min(_givenUp[cluster], time);
            }
        }
    }

    private bool IsGivenUp(int offset, int bytes, long before)
    {
        lock (_givenUp)
        {
            for (int cluster = offset / Cluster; cluster <= (offset + bytes - 1) / Cluster; cluster++)
            {
                if (_givenUp[cluster] < before)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static (int Offset, int Bytes) NextArea(Random random, int most)
    {
        int bytes = random.Next(1, most + 1);
        int offset = random.Next(3) == 0 ? random.Next(Clusters) * Cluster : random.Next(Size);
        return (offset, Math.Min(bytes, Size - offset));
    }
}
