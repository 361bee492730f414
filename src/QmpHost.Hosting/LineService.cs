using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using QmpHost.Protocol.Chardev;

namespace QmpHost.Hosting;

/// <summary>Serves a peer that sends lines and gets text, one line at a time, as the qtest protocol does.</summary>
internal static class LineService
{
    private const int MaxLineLength = 64 * 1024;

    /// <summary>Serves a peer until it is gone.</summary>
    /// <param name="connection">The peer.</param>
    /// <param name="handle">Carries a line out and gives what is sent.</param>
    /// <returns>A task that ends when the peer is gone, or has sent a line beyond all bounds.</returns>
    public static async Task ServeAsync(CharacterConnection connection, Func<string, Task<string>> handle)
    {
        try
        {
            while (await ReadLineAsync(connection.Input) is { } line)
            {
                await SendAsync(connection.Output, await handle(line));
            }
        }
        catch (IOException)
        {
            // The peer is gone, as peers may be at any time.
        }
    }

    private static async ValueTask SendAsync(PipeWriter output, string text)
    {
        if (text.Length > 0)
        {
            await output.WriteAsync(Encoding.UTF8.GetBytes(text));
        }
    }

    private static async ValueTask<string?> ReadLineAsync(PipeReader input)
    {
        while (true)
        {
            ReadResult result = await input.ReadAsync();
            ReadOnlySequence<byte> buffer = result.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                string line = Encoding.UTF8.GetString(buffer.Slice(0, end)).TrimEnd('\r');
                input.AdvanceTo(buffer.GetPosition(1, end));
                return line;
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted || buffer.Length > MaxLineLength)
            {
                return null;
            }
        }
    }
}
