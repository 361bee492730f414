using System.Globalization;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;

namespace QmpHost.Protocol.Chardev;

/// <summary>
/// The server's half of a WebSocket handshake (RFC 6455, section 4.2), answered as QEMU answers it: for path "/", and subprotocol
/// "binary" if the client names any.
/// </summary>
internal static class WebSocketGreeting
{
    private const int Longest = 4096;
    private const int KeyLength = 24;
    private const string Subprotocol = "binary";
    private const string Guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>Reads the request and answers it.</summary>
    /// <param name="stream">The connection.</param>
    /// <param name="clock">The clock that the answer shows.</param>
    /// <returns>What is said in the frames.</returns>
    /// <exception cref="IOException">The connection broke, or the request was refused.</exception>
    public static async Task<Stream> AcceptAsync(Stream stream, TimeProvider clock)
    {
        string date = clock.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);
        string? request = await ReadAsync(stream).ConfigureAwait(false);
        if (request is null)
        {
            throw await RefuseAsync(stream, "403 Request Entity Too Large", date, "\r\n").ConfigureAwait(false);
        }

        string[] lines = request.Split("\r\n");
        string[] words = lines[0].Split(' ');
        if (words is ["GET", not "/", _])
        {
            throw await RefuseAsync(stream, "404 Not Found", date, "\r\n").ConfigureAwait(false);
        }

        if (words is not ["GET", "/", "HTTP/1.1"] || FindKey(lines.AsSpan(1), out bool namesProtocol) is not { } key)
        {
            throw await RefuseAsync(stream, "400 Bad Request", date, "Sec-WebSocket-Version: 13\r\n").ConfigureAwait(false);
        }

        await SendAsync(
            stream,
            "101 Switching Protocols",
            date,
            $"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {Answer(key)}\r\n"
            + (namesProtocol ? $"Sec-WebSocket-Protocol: {Subprotocol}\r\n\r\n" : "\r\n")).ConfigureAwait(false);
        return new WebSocketFrames(stream, WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = true }));
    }

    // Byte by byte: what follows the request is for the frames.
    private static async Task<string?> ReadAsync(Stream stream)
    {
        byte[] request = new byte[Longest];
        for (int length = 0; length < request.Length; length++)
        {
            if (request.AsSpan(0, length).EndsWith("\r\n\r\n"u8))
            {
                return Encoding.Latin1.GetString(request, 0, length - 4);
            }

            await stream.ReadExactlyAsync(request.AsMemory(length, 1)).ConfigureAwait(false);
        }

        return null;
    }

    // Null where the headers are not those of a WebSocket client.
    private static string? FindKey(ReadOnlySpan<string> lines, out bool namesProtocol)
    {
        namesProtocol = false;
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string line in lines)
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
            {
                return null;
            }

            headers[line[..colon].Trim()] = line[(colon + 1)..].Trim();
        }

        namesProtocol = headers.TryGetValue("Sec-WebSocket-Protocol", out string? protocols);
        bool isWebSocket = headers.ContainsKey("Host")
            && headers.GetValueOrDefault("Upgrade", "").Contains("websocket", StringComparison.OrdinalIgnoreCase)
            && headers.GetValueOrDefault("Connection", "").Contains("upgrade", StringComparison.OrdinalIgnoreCase)
            && headers.GetValueOrDefault("Sec-WebSocket-Version") == "13"
            && (protocols is null || protocols.Contains(Subprotocol, StringComparison.Ordinal));
        return isWebSocket && headers.GetValueOrDefault("Sec-WebSocket-Key") is { Length: KeyLength } key ? key : null;
    }

#pragma warning disable CA5350 // The protocol prescribes SHA-1, which protects nothing here.
    private static string Answer(string key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + Guid)));
#pragma warning restore CA5350

    private static async Task<IOException> RefuseAsync(Stream stream, string status, string date, string last)
    {
        await SendAsync(stream, status, date, $"Connection: close\r\n{last}").ConfigureAwait(false);
        await stream.DisposeAsync().ConfigureAwait(false);
        return new IOException($"WebSocket handshake failed: {status}");
    }

    // Clients know the server by this name.
    private static ValueTask SendAsync(Stream stream, string status, string date, string headers)
        => stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nServer: QEMU VNC\r\nDate: {date}\r\n{headers}"));
}
