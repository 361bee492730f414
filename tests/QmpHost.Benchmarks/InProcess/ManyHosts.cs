using System.Diagnostics;
using QmpHost.Client;
using QmpHost.Hosting;
using QmpHost.Qapi.Schema;

namespace QmpHost.Benchmarks.InProcess;

/// <summary>How many hosts fit in one process: each with a disk in memory, a bitmap, a backup that was made, and a client.</summary>
internal static class ManyHosts
{
    private const long DiskSize = 1024 * 1024;

    private const int CommandsPerHost = 3;

    /// <summary>Starts hosts, prints what they cost, and ends them.</summary>
    /// <param name="count">How many.</param>
    /// <returns>A task that ends when the last host has ended.</returns>
    public static async Task RunAsync(int count)
    {
        // The first hosts bring the code into memory.
        for (int i = 0; i < 50; i++)
        {
            await using BlockHost warm = await BlockHost.StartAsync();
            await using QmpClient warmClient = await UseAsync(warm);
        }

        long before = ResidentBytes();
        var hosts = new List<(BlockHost Host, QmpClient Client)>(count);
        var starting = new Stopwatch();
        var preparing = new Stopwatch();
        while (hosts.Count < count)
        {
            starting.Start();
            BlockHost host = await BlockHost.StartAsync();
            starting.Stop();
            preparing.Start();
            hosts.Add((host, await UseAsync(host)));
            preparing.Stop();
        }

        long resident = ResidentBytes();
        long managed = GC.GetTotalMemory(forceFullCollection: true);
        double perSecond = await CommandRateAsync(hosts[0].Client);
        long ended = Stopwatch.GetTimestamp();
        foreach ((BlockHost host, QmpClient client) in hosts)
        {
            await client.DisposeAsync();
            await host.DisposeAsync();
        }

        Console.WriteLine(
            $"{count} hosts, each with a disk, a bitmap and a backup: the process takes {resident >> 20} MiB, "
            + $"{(resident - before) / count >> 10} KiB for each host ({managed / count >> 10} KiB of them live objects); "
            + $"{starting.Elapsed.TotalMilliseconds / count:F2} ms to start one, {preparing.Elapsed.TotalMilliseconds / count:F2} ms for its disks, "
            + $"client, {CommandsPerHost} commands and backup, {Stopwatch.GetElapsedTime(ended).TotalMilliseconds / count:F2} ms to end it; "
            + $"{perSecond:F0} commands a second of one client, one at a time");
    }

    private static async Task<QmpClient> UseAsync(BlockHost host)
    {
        await host.Disks.AddAsync("disk", DiskSize);
        await host.Disks.AddAsync("target", DiskSize);
        QmpClient client = await host.ConnectAsync();
        await client.BlockCore.BlockDirtyBitmapAddAsync("disk", "changes");
        await (await host.Disks.AttachGuestAsync("disk")).FillAsync(0, 4096, 1);
        await client.BlockCore.BlockdevBackupAsync(new BlockdevBackup
        {
            JobId = "backup",
            Device = "disk",
            Target = "target",
            Sync = MirrorSyncMode.Incremental,
            Bitmap = "changes",
        });
        await client.WaitForAsync<BlockJobCompletedEvent>();
        return client;
    }

    private static async Task<double> CommandRateAsync(QmpClient client)
    {
        const int count = 20_000;
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            await client.RunState.QueryStatusAsync();
        }

        return count / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static long ResidentBytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
