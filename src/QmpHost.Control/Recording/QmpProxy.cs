using System.Net.Sockets;
using System.Text;
using QmpHost.Control.Hosts;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Control.Recording;

/// <summary>Stands between QMP clients and a QMP server, QmpHost or QEMU, and records what they say to each other.</summary>
/// <remarks>Bytes are passed on as they come; descriptors that are sent along with them are not.</remarks>
public sealed class QmpProxy : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<RecordEntry> _entries = [];
    private readonly List<Task> _clients = [];
    private readonly Func<CancellationToken, Task<Stream>> _connect;
    private readonly CancellationTokenSource _end = new();
    private readonly Socket _socket;
    private readonly string _path;
    private readonly Task _accepting;
    private int _lastClient;

    /// <summary>Listens.</summary>
    /// <param name="path">The path of the unix socket that clients connect to.</param>
    /// <param name="connect">Connects to the server, once for each client.</param>
    /// <exception cref="IOException">It cannot listen there.</exception>
    public QmpProxy(string path, Func<CancellationToken, Task<Stream>> connect)
    {
        _path = path;
        _connect = connect;
        _socket = LocalSocket.Listen(path);
        _accepting = AcceptAsync();
    }

    /// <summary>What was said so far.</summary>
    /// <returns>The entries, oldest first.</returns>
    public IReadOnlyList<RecordEntry> Entries()
    {
        lock (_lock)
        {
            return [.. _entries];
        }
    }

    /// <summary>Ends all connections.</summary>
    /// <returns>A task that ends when they are.</returns>
    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _accepting;
        await _end.CancelAsync();
        await Task.WhenAll(_clients);
        _end.Dispose();
        File.Delete(_path);
    }

    private async Task AcceptAsync()
    {
        while (await LocalSocket.AcceptAsync(_socket) is { } client)
        {
            _clients.Add(ServeAsync(client, ++_lastClient));
        }
    }

    private async Task ServeAsync(Socket socket, int number)
    {
        await using var client = new NetworkStream(socket, ownsSocket: true);
        try
        {
            await using Stream server = await _connect(_end.Token);
            using var gone = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
            var names = new ReplyNames();
            Add(number, RecordKind.Connected, string.Empty, string.Empty);
            Task there = PumpAsync(client, server, new CommandReader(this, number, names).Read, gone.Token);
            Task back = PumpAsync(server, client, new MessageReader(this, number, names).Read, gone.Token);
            await Task.WhenAny(there, back);
            await gone.CancelAsync();
            await Task.WhenAll(there, back);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // One of the two is gone, or cannot be reached: the other one sees its connection end.
        }

        Add(number, RecordKind.Disconnected, string.Empty, string.Empty);
    }

    private static async Task PumpAsync(Stream from, Stream to, Action<ReadOnlyMemory<byte>> note, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[65536];
        try
        {
            while (await from.ReadAsync(buffer, cancellationToken) is var count and > 0)
            {
                note(buffer.AsMemory(0, count));
                await to.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // As above.
        }
    }

    private void Add(int client, RecordKind kind, string name, string text)
    {
        lock (_lock)
        {
            _entries.Add(new RecordEntry(_entries.Count + 1, DateTimeOffset.UtcNow, client, kind, name, text));
        }
    }

    private sealed class CommandReader(QmpProxy proxy, int client, ReplyNames names)
    {
        private readonly JsonStreamParser _parser = new();

        public void Read(ReadOnlyMemory<byte> bytes)
        {
            while (bytes.Length > 0)
            {
                JsonReadStatus status = _parser.Read(bytes.Span, out int consumed);
                bytes = bytes[consumed..];
                if (status == JsonReadStatus.NeedMore)
                {
                    return;
                }

                Note(status == JsonReadStatus.Value ? _parser.Value as QDict : null);
            }
        }

        private void Note(QDict? command)
        {
            string name = command is not null && (command.TryGetValue("execute", out QObject? value) || command.TryGetValue("exec-oob", out value)) && value is QString text
                ? text.Value
                : string.Empty;
            lock (names)
            {
                names.Add(name, command is not null && command.TryGetValue("id", out QObject? id) ? id : null);
            }

            proxy.Add(client, RecordKind.Command, name, command?.ToString() ?? string.Empty);
        }
    }

    private sealed class MessageReader(QmpProxy proxy, int client, ReplyNames names)
    {
        private readonly StringBuilder _line = new();
        private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

        public void Read(ReadOnlyMemory<byte> bytes)
        {
            char[] characters = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length)];
            int count = _decoder.GetChars(bytes.Span, characters, flush: false);
            foreach (char character in characters.AsSpan(0, count))
            {
                if (character != '\n')
                {
                    _line.Append(character);
                    continue;
                }

                string message = _line.ToString().TrimEnd('\r');
                _line.Clear();
                if (message.Length > 0)
                {
                    Note(message);
                }
            }
        }

        private void Note(string message)
        {
            RecordKind kind;
            string name;
            lock (names)
            {
                (kind, name) = names.Take(message);
            }

            proxy.Add(client, kind, name, message);
        }
    }
}
