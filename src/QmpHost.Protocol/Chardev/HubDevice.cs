using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using Nerdbank.Streams;
using QmpHost.Qapi;

namespace QmpHost.Protocol.Chardev;

/// <summary>Gathers several character devices for one user: what the user sends goes to all, what any of them receives comes to the user.</summary>
public sealed class HubDevice : CharacterDevice
{
    private const int MostDevices = 4;

    private readonly IReadOnlyList<CharacterDevice> _inner;
    private readonly Lock _lock = new();
    private readonly List<CharacterConnection> _peers = [];
    private readonly SemaphoreSlim _receiving = new(1);
    private Stream? _near;
    private StreamConnection? _user;

    private HubDevice(string id, IReadOnlyList<CharacterDevice> inner)
        : base(id) => _inner = inner;

    /// <summary>The keys under which options name the devices.</summary>
    public static IReadOnlyList<string> Keys { get; } =
        [.. Enumerable.Range(0, MostDevices + 1).Select(static i => string.Create(CultureInfo.InvariantCulture, $"chardevs.{i}"))];

    /// <summary>Makes a device from the keys and values of an option.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="options">Keys and values.</param>
    /// <param name="environment">The process.</param>
    /// <returns>The device.</returns>
    /// <exception cref="QmpException">One of the devices cannot be had.</exception>
    internal static HubDevice Make(string id, IReadOnlyDictionary<string, string> options, CharacterDeviceEnvironment environment)
    {
        string[] names = [.. Keys.Select(options.GetValueOrDefault).OfType<string>()];
        if (names.Length == 0)
        {
            throw new QmpException("hub: 'chardevs' list is not defined");
        }

        var inner = new List<CharacterDevice>();
        foreach (string name in names)
        {
            CharacterDevice device = environment.FindDevice(name) ?? throw new QmpException($"hub: chardev can't be found by id '{name}'");
            if (device is MuxDevice or HubDevice)
            {
                throw new QmpException(
                    $"hub: multiplexers and hub devices can't be stacked, check chardev '{name}', chardev should not be a hub device or have 'mux=on' enabled");
            }

            if (device.IsUsed || inner.Contains(device))
            {
                throw new QmpException($"chardev '{name}' is already in use");
            }

            if (inner.Count == MostDevices)
            {
                throw new QmpException($"hub: too many uses of chardevs '{id}' (maximum is {MostDevices})");
            }

            inner.Add(device);
        }

        return new HubDevice(id, inner);
    }

    /// <inheritdoc/>
    public override Task OpenAsync(CancellationToken cancellationToken = default)
    {
        (Stream near, Stream far) = FullDuplexStream.CreatePair();
        _near = near;
        _user = new StreamConnection(far);
        foreach (CharacterDevice device in _inner)
        {
            device.Serve(ServePeerAsync);
        }

        _ = SendAsync(near);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async ValueTask<CharacterConnection?> NextAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _user, null) is { } user)
        {
            return user;
        }

        await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <inheritdoc/>
    protected override void CloseListener()
    {
        foreach (CharacterDevice device in _inner)
        {
            device.Release();
        }

        lock (_lock)
        {
            _peers.ForEach(static peer => peer.Input.CancelPendingRead());
        }

        _near?.Dispose();
    }

    private async Task SendAsync(Stream near)
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (await near.ReadAsync(buffer).ConfigureAwait(false) is > 0 and var count)
            {
                CharacterConnection[] peers;
                lock (_lock)
                {
                    peers = [.. _peers];
                }

                foreach (CharacterConnection peer in peers)
                {
                    await SendAsync(peer, buffer.AsMemory(0, count)).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The hub is being closed.
        }
    }

    private static async Task SendAsync(CharacterConnection peer, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await peer.Output.WriteAsync(bytes).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // This one is gone; the others are served on.
        }
    }

    private async Task ServePeerAsync(CharacterConnection peer)
    {
        lock (_lock)
        {
            _peers.Add(peer);
        }

        try
        {
            await ReceiveAsync(peer.Input).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // One of the two is gone.
        }
        finally
        {
            lock (_lock)
            {
                _peers.Remove(peer);
            }
        }
    }

    private async Task ReceiveAsync(PipeReader input)
    {
        while (true)
        {
            ReadResult result = await input.ReadAsync().ConfigureAwait(false);
            await _receiving.WaitAsync().ConfigureAwait(false);
            try
            {
                await _near!.WriteAsync(result.Buffer.ToArray()).ConfigureAwait(false);
            }
            finally
            {
                _receiving.Release();
            }

            input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted || result.IsCanceled)
            {
                return;
            }
        }
    }
}
