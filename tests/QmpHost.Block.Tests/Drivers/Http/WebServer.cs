using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace QmpHost.Block.Tests.Drivers.Http;

/// <summary>A web server that answers each request with what a function makes of its head.</summary>
internal sealed class WebServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<string, byte[]> _answer;
    private readonly Task _serving;

    /// <summary>Starts.</summary>
    /// <param name="answer">Makes the whole answer of the lines of a request's head.</param>
    public WebServer(Func<string, byte[]> answer)
    {
        _answer = answer;
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>The heads of all requests so far.</summary>
    public List<string> Requests { get; } = [];

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/disk";

    /// <summary>A server of a file, as servers of files are.</summary>
    public static WebServer Of(byte[] file) => new(head => Answer(file, head));

    /// <summary>An answer in bytes.</summary>
    public static byte[] Answer(string status, string headers, ReadOnlySpan<byte> body = default)
        => [.. Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\n{headers}\r\n\r\n"), .. body];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();

        // Only now: who accepts from a listener that has stopped is told of a misuse.
        await _serving;
        _listener.Stop();
        _stop.Dispose();
    }

    private static byte[] Answer(byte[] file, string head)
    {
        if (head.StartsWith("HEAD", StringComparison.Ordinal))
        {
            return Answer("200 OK", $"Accept-Ranges: bytes\r\nContent-Length: {file.Length}");
        }

        const string Field = "Range: bytes=";
        int start = head.IndexOf(Field, StringComparison.Ordinal) + Field.Length;
        string[] ends = head[start..head.IndexOf('\r', start)].Split('-');
        int from = int.Parse(ends[0], CultureInfo.InvariantCulture);
        int to = int.Parse(ends[1], CultureInfo.InvariantCulture) + 1;
        return Answer("206 Partial Content", $"Content-Range: bytes {from}-{to - 1}/{file.Length}\r\nContent-Length: {to - from}", file.AsSpan(from..to));
    }

    private async Task ServeAsync()
    {
        List<Task> clients = [];
        try
        {
            while (true)
            {
                clients.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(clients);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using TcpClient connection = client;
        NetworkStream stream = client.GetStream();
        var head = new StringBuilder();
        byte[] one = new byte[1];
        try
        {
            while (await stream.ReadAsync(one, _stop.Token) == 1)
            {
                head.Append((char)one[0]);
                if (head.Length < 4 || head.ToString(head.Length - 4, 4) != "\r\n\r\n")
                {
                    continue;
                }

                lock (Requests)
                {
                    Requests.Add(head.ToString());
                }

                await stream.WriteAsync(_answer(head.ToString()), _stop.Token);
                head.Clear();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The client or the test is gone.
        }
    }
}
