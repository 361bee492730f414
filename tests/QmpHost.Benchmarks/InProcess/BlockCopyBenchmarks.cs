using BenchmarkDotNet.Attributes;
using QmpHost.Client;
using QmpHost.Hosting;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Benchmarks.InProcess;

/// <summary>The engine's part of a backup: between nodes whose requests cost nothing, the copying of 1 GiB in clusters of 64 KiB.</summary>
[MemoryDiagnoser]
public class BlockCopyBenchmarks
{
    private BlockHost _host = null!;
    private QmpClient _client = null!;

    /// <summary>Requests under way at once.</summary>
    [Params(1, 64)]
    public int Workers { get; set; }

    /// <summary>Bytes that one request copies at most.</summary>
    [Params(65536, 1048576)]
    public int Chunk { get; set; }

    [GlobalSetup]
    public async Task StartAsync()
    {
        _host = await BlockHost.StartAsync();
        _client = await _host.ConnectAsync();
        await _client.NegotiateAsync();
        foreach (string node in (string[])["source", "target"])
        {
            await _client.ExecuteAsync("blockdev-add", Parse($$"""{"driver":"null-co","node-name":"{{node}}","size":{{1 << 30}},"read-zeroes":false}"""));
        }
    }

    [GlobalCleanup]
    public async Task StopAsync()
    {
        await _client.DisposeAsync();
        await _host.DisposeAsync();
    }

    [Benchmark]
    public async Task Backup1GiB()
    {
        await _client.ExecuteAsync("blockdev-backup", Parse($$"""
            {"job-id":"backup","device":"source","target":"target","sync":"full","x-perf":{"max-workers":{{Workers}},"max-chunk":{{Chunk}} } }
            """));
        await _client.WaitForEventAsync("BLOCK_JOB_COMPLETED");
    }

    private static QDict Parse(string json) => (QDict)JsonParser.Parse(json);
}
