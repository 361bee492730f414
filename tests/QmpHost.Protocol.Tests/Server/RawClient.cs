using System.IO.Pipelines;
using System.Text;

namespace QmpHost.Protocol.Tests.Server;

/// <summary>A client that sees the very bytes.</summary>
public sealed class RawClient(IDuplexPipe pipe, Task served) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly StreamReader _reader = new(pipe.Input.AsStream(), Encoding.Latin1);

    /// <summary>Completes when the server is done with the client.</summary>
    public Task Served => served.WaitAsync(Patience);

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(byte[] bytes)
    {
        await pipe.Output.WriteAsync(bytes).AsTask().WaitAsync(Patience);
    }

    /// <summary>Says that nothing more will be sent.</summary>
    public void EndInput() => pipe.Output.Complete();

    public async Task<string> ReadLineAsync() => await _reader.ReadLineAsync().WaitAsync(Patience) ?? "<end>";

    public async Task<IReadOnlyList<string>> ReadLinesAsync(int count)
    {
        var lines = new List<string>();
        while (lines.Count < count)
        {
            lines.Add(await ReadLineAsync());
        }

        return lines;
    }

    /// <summary>Reads until the server closes its side.</summary>
    public Task<string> ReadToEndAsync() => _reader.ReadToEndAsync().WaitAsync(Patience);

    public async ValueTask DisposeAsync()
    {
        _reader.Dispose();
        await pipe.Output.CompleteAsync();
    }
}
