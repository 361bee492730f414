using System.Buffers;
using System.IO.Pipelines;
using Nerdbank.Streams;
using QmpHost.Qapi;

namespace QmpHost.Protocol.Chardev;

/// <summary>Lets several users share a character device: all send to it, and the one that has the focus gets what comes in.</summary>
/// <remarks>Ctrl-A is the key that speaks to the device itself: with "c" it moves the focus.</remarks>
public sealed class MuxDevice : CharacterDevice
{
    private const int MostUsers = 4;
    private const byte Escape = 1;

    private readonly CharacterDevice _inner;
    private readonly Action? _quit;
    private readonly Lock _lock = new();
    private readonly List<Func<CharacterConnection, Task>> _users = [];
    private readonly List<FullDuplexStreamPair> _ports = [];
    private readonly SemaphoreSlim _sending = new(1);
    private CharacterConnection? _peer;
    private int _focus;
    private bool _escaped;

    /// <summary>Makes a device.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="inner">The device that is shared.</param>
    /// <param name="quit">Ends the program, as the key for that asks; null where there is no program.</param>
    public MuxDevice(string id, CharacterDevice inner, Action? quit)
        : base(id)
    {
        _inner = inner;
        _quit = quit;
    }

    /// <inheritdoc/>
    public override bool IsUsed => true;

    /// <inheritdoc/>
    public override Task OpenAsync(CancellationToken cancellationToken = default)
    {
        _inner.Serve(ServePeerAsync);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Serve(Func<CharacterConnection, Task> frontEnd)
    {
        lock (_lock)
        {
            if (_users.Count == MostUsers)
            {
                throw new QmpException($"Device '{Id}' is in use");
            }

            _users.Add(frontEnd);
            _focus = _users.Count - 1;
            if (_peer is not null)
            {
                _ = AddPort(frontEnd);
            }
        }
    }

    /// <inheritdoc/>
    protected override ValueTask<CharacterConnection?> NextAsync(CancellationToken cancellationToken) => new((CharacterConnection?)null);

    private async Task ServePeerAsync(CharacterConnection peer)
    {
        List<Task> users = [];
        lock (_lock)
        {
            _peer = peer;
            users.AddRange(_users.Select(AddPort));
        }

        try
        {
            await DistributeAsync(peer.Input).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                _peer = null;
                foreach (FullDuplexStreamPair port in _ports)
                {
                    port.Near.Dispose();
                }

                _ports.Clear();
            }

            await Task.WhenAll(users).ConfigureAwait(false);
        }
    }

    private Task AddPort(Func<CharacterConnection, Task> user)
    {
        (Stream near, Stream far) = FullDuplexStream.CreatePair();
        var port = new FullDuplexStreamPair(near, far);
        _ports.Add(port);
        return Task.WhenAll(ServeAsync(user, far), CollectAsync(near, _peer!));
    }

    private static async Task ServeAsync(Func<CharacterConnection, Task> user, Stream far)
    {
        var connection = new StreamConnection(far);
        await using (connection.ConfigureAwait(false))
        {
            await user(connection).ConfigureAwait(false);
        }
    }

    private async Task CollectAsync(Stream near, CharacterConnection peer)
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (await near.ReadAsync(buffer).ConfigureAwait(false) is > 0 and var count)
            {
                await SendAsync(peer, buffer.AsMemory(0, count)).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // One of the two is gone.
        }
    }

    private async Task SendAsync(CharacterConnection peer, ReadOnlyMemory<byte> bytes)
    {
        await _sending.WaitAsync().ConfigureAwait(false);
        try
        {
            await peer.Output.WriteAsync(bytes).ConfigureAwait(false);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task DistributeAsync(PipeReader input)
    {
        while (true)
        {
            ReadResult result = await input.ReadAsync().ConfigureAwait(false);
            foreach (byte b in result.Buffer.ToArray())
            {
                await TakeAsync(b).ConfigureAwait(false);
            }

            input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted || result.IsCanceled)
            {
                await input.CompleteAsync().ConfigureAwait(false);
                return;
            }
        }
    }

    private async Task TakeAsync(byte b)
    {
        if (!_escaped && b == Escape)
        {
            _escaped = true;
            return;
        }

        bool isCommand = _escaped && b != Escape;
        _escaped = false;
        if (isCommand)
        {
            Obey((char)b);
        }
        else if (Focused() is { } port)
        {
            await port.WriteAsync(new[] { b }).ConfigureAwait(false);
            await port.FlushAsync().ConfigureAwait(false);
        }
    }

    private void Obey(char command)
    {
        switch (command)
        {
            case 'x':
                _quit?.Invoke();
                break;
            case 'c':
                lock (_lock)
                {
                    _focus = _users.Count == 0 ? 0 : (_focus + 1) % _users.Count;
                }

                break;
            default:
                break;
        }
    }

    private Stream? Focused()
    {
        lock (_lock)
        {
            return _focus < _ports.Count ? _ports[_focus].Near : null;
        }
    }

    private sealed record FullDuplexStreamPair(Stream Near, Stream Far);
}
