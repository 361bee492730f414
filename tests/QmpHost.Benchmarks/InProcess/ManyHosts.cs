using System.Diagnostics;
using QmpHost.Hosting;
using QmpHost.Client;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Benchmarks.InProcess;

/// <summary>How many idle hosts fit in one process: each with a disk and a client that has negotiated.</summary>
internal static class ManyHosts
{
    private const string Disk = """{"driver":"null-co","node-name":"disk","size":1073741824}""";

    /// <summary>Starts hosts, prints what they cost, and ends them.</summary>
    /// <param name="count">How many.</param>
    /// <returns>A task that ends when the last host has ended.</returns>
    public static async Task RunAsync(int count)
    {
        // The first host brings the code into memory.
        await using BlockHost first = await BlockHost.StartAsync();
        await using QmpClient firstClient = await AttachAsync(first);
        long before = ResidentBytes();
        var hosts = new List<(BlockHost Host, QmpClient Client)>(count);
        long started = Stopwatch.GetTimestamp();
        while (hosts.Count < count)
        {
            BlockHost host = await BlockHost.StartAsync();
            hosts.Add((host, await AttachAsync(host)));
        }

        TimeSpan starting = Stopwatch.GetElapsedTime(started);
        long resident = ResidentBytes();
        long managed = GC.GetTotalMemory(forceFullCollection: true);
        started = Stopwatch.GetTimestamp();
        foreach ((BlockHost host, QmpClient client) in hosts)
        {
            await client.DisposeAsync();
            await host.DisposeAsync();
        }

        Console.WriteLine(
            $"{count} hosts: the process takes {resident >> 20} MiB, {(resident - before) / count >> 10} KiB for each host "
            + $"({managed / count >> 10} KiB of them live objects); {starting.TotalMilliseconds / count:F2} ms to start one, "
            + $"{Stopwatch.GetElapsedTime(started).TotalMilliseconds / count:F2} ms to end it");
    }

    private static async Task<QmpClient> AttachAsync(BlockHost host)
    {
        QmpClient client = await host.ConnectAsync();
        await client.NegotiateAsync();
        await client.ExecuteAsync("blockdev-add", (QDict)JsonParser.Parse(Disk));
        return client;
    }

    private static long ResidentBytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
