using System.Net.Sockets;
using QmpHost.Qapi;

namespace QmpHost.Protocol.Chardev;

/// <summary>A character device: a byte stream to somebody outside, who may come and go. One at a time is there.</summary>
public abstract class CharacterDevice : IAsyncDisposable
{
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _lock = new();
    private CharacterConnection? _current;
    private Task? _serving;
    private TaskCompletionSource<Func<CharacterConnection, Task>> _nextUser = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Func<CharacterConnection, Task>? _user;

    /// <summary>Makes a device.</summary>
    /// <param name="id">Its name.</param>
    protected CharacterDevice(string id) => Id = id;

    /// <summary>The device's name.</summary>
    public string Id { get; }

    /// <summary>The device's kind, such as "null".</summary>
    public string Kind { get; internal set; } = string.Empty;

    /// <summary>Where the device leads to, as listings show it.</summary>
    public virtual string Filename => Kind;

    /// <summary>Whether somebody is attached.</summary>
    public virtual bool IsUsed => Volatile.Read(ref _user) is not null;

    /// <summary>Whether the one who is attached is there for peers.</summary>
    public bool IsFrontEndOpen { get; set; }

    /// <summary>The file that gets a copy of what is sent, or null.</summary>
    public CharacterDeviceLog? Log { get; internal set; }

    /// <summary>Whether the one who talks to the peers has one.</summary>
    private protected bool HasPeer => Volatile.Read(ref _current) is not null;

    /// <summary>Opens the device: files and sockets exist afterwards. May wait for the first peer, if the device was made so.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>A task that completes when the device is open.</returns>
    /// <exception cref="QmpException">It cannot be opened; the message is QEMU's.</exception>
    public abstract Task OpenAsync(CancellationToken cancellationToken = default);

    /// <summary>Attaches the one who talks to the peers.</summary>
    /// <param name="frontEnd">Called with each peer; the device closes the connection when the task completes, and then takes the next peer.</param>
    /// <exception cref="QmpException">Somebody is attached already.</exception>
    public virtual void Serve(Func<CharacterConnection, Task> frontEnd)
    {
        lock (_lock)
        {
            if (_user is not null)
            {
                throw new QmpException($"Device '{Id}' is in use");
            }

            _user = frontEnd;
            _nextUser.SetResult(frontEnd);
            _serving ??= Task.Run(ServeAsync);
        }
    }

    /// <summary>Detaches the one who is attached, who lets go of the peer that is there; the peer waits for the next one.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _user = null;
            _nextUser = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Closes the connection of the peer that is there, if one is; the device takes the next one.</summary>
    public ValueTask DropPeerAsync() => Volatile.Read(ref _current) is { } connection ? connection.DisposeAsync() : default;

    /// <summary>Closes the device and the connection of a peer that is still there.</summary>
    /// <returns>A task that completes when nothing of the device runs any more; it fails if the front end failed.</returns>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        CloseListener();
        if (Interlocked.Exchange(ref _current, null) is { } connection)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }

        if (_serving is not null)
        {
            await _serving.ConfigureAwait(false);
        }

        _closing.Dispose();
        Log?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Waits for the next peer.</summary>
    /// <param name="cancellationToken">Cancelled when the device is closed.</param>
    /// <returns>The connection, or null if nobody will come any more.</returns>
    protected abstract ValueTask<CharacterConnection?> NextAsync(CancellationToken cancellationToken);

    /// <summary>The peer that is talked to, or null.</summary>
    private protected CharacterConnection? CurrentPeer => Volatile.Read(ref _current);

    /// <summary>Closes what peers could come through.</summary>
    protected virtual void CloseListener()
    {
    }

    private async Task ServePeerAsync(CharacterConnection connection)
    {
        Func<CharacterConnection, Task> user;
        do
        {
            user = await WaitForUserAsync().WaitAsync(_closing.Token).ConfigureAwait(false);
            await user(connection).ConfigureAwait(false);
        }
        while (!ReferenceEquals(user, Volatile.Read(ref _user)));
    }

    private Task<Func<CharacterConnection, Task>> WaitForUserAsync()
    {
        lock (_lock)
        {
            return _nextUser.Task;
        }
    }

    private async Task ServeAsync()
    {
        try
        {
            while (await NextAsync(_closing.Token).ConfigureAwait(false) is { } connection)
            {
                Interlocked.Exchange(ref _current, connection);
                try
                {
                    // A peer that came while the device was being closed was not there to be sent away.
                    _closing.Token.ThrowIfCancellationRequested();
                    await ServePeerAsync(Log is { } log ? new LoggedConnection(connection, log) : connection).ConfigureAwait(false);
                }
                finally
                {
                    Volatile.Write(ref _current, null);
                    await connection.DisposeAsync().ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (_closing.IsCancellationRequested && e is OperationCanceledException or ObjectDisposedException or IOException or SocketException)
        {
            // Closing ends whatever is under way.
        }
    }
}
