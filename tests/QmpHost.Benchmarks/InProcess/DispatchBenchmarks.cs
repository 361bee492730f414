using System.Text;
using BenchmarkDotNet.Attributes;
using QmpHost.Hosting;

namespace QmpHost.Benchmarks.InProcess;

/// <summary>From the bytes of a command to the bytes of its reply, through a monitor of a host in this process.</summary>
[MemoryDiagnoser]
public class DispatchBenchmarks
{
    private const int Batch = 100;

    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly byte[] _command = Encoding.UTF8.GetBytes("""{"execute":"query-version"}""");
    private readonly byte[] _unknown = Encoding.UTF8.GetBytes("""{"execute":"no-such-command"}""");
    private readonly byte[] _add = Encoding.UTF8.GetBytes("""{"execute":"blockdev-add","arguments":{"driver":"null-co","node-name":"n","size":1048576}}""");
    private readonly byte[] _del = Encoding.UTF8.GetBytes("""{"execute":"blockdev-del","arguments":{"node-name":"n"}}""");
    private byte[] _commands = [];
    private BlockHost _host = null!;
    private Stream _monitor = null!;

    [GlobalSetup]
    public async Task StartAsync()
    {
        _commands = [.. Enumerable.Repeat(_command, Batch).SelectMany(bytes => bytes)];
        _host = await BlockHost.StartAsync();
        _monitor = _host.OpenMonitor();
        await ReadLinesAsync(1);
        await ExecuteAsync(Encoding.UTF8.GetBytes("""{"execute":"qmp_capabilities"}"""));
    }

    [GlobalCleanup]
    public async Task StopAsync()
    {
        await _monitor.DisposeAsync();
        await _host.DisposeAsync();
    }

    [Benchmark]
    public Task QueryVersion() => ExecuteAsync(_command);

    [Benchmark]
    public Task UnknownCommand() => ExecuteAsync(_unknown);

    [Benchmark(OperationsPerInvoke = Batch)]
    public async Task QueryVersionPipelined()
    {
        await _monitor.WriteAsync(_commands);
        await ReadLinesAsync(Batch);
    }

    [Benchmark]
    public async Task AddAndDeleteNode()
    {
        await ExecuteAsync(_add);
        await ExecuteAsync(_del);
    }

    private async Task ExecuteAsync(byte[] command)
    {
        await _monitor.WriteAsync(command);
        await ReadLinesAsync(1);
    }

    private async Task ReadLinesAsync(int count)
    {
        while (count > 0)
        {
            int read = await _monitor.ReadAsync(_buffer);
            count -= read > 0 ? _buffer.AsSpan(0, read).Count((byte)'\n') : throw new EndOfStreamException("The host closed its monitor.");
        }
    }
}
