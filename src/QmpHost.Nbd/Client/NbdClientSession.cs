using QmpHost.Block.Core;
using QmpHost.Block.Loop;
using QmpHost.Nbd.Protocol;
using QmpHost.Nbd.Server;

namespace QmpHost.Nbd.Client;

/// <summary>
/// What a client's node talks to: a connection, and after its loss the next one. For the time of the reconnection delay requests
/// wait for the server to come back; later they fail at once, while the attempts go on.
/// </summary>
/// <remarks>Used on the host's loop only.</remarks>
internal sealed class NbdClientSession : IAsyncDisposable
{
    private readonly EventLoop _loop;
    private readonly NbdConnector _connector;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _reconnectDelay;
    private readonly CancellationTokenSource _closing = new();
    private NbdClientTransmission? _connection;
    private Task<NbdClientTransmission>? _attempt;
    private CancellationTokenSource? _patience;

    private NbdClientSession(
        EventLoop loop, NbdConnector connector, TimeProvider clock, TimeSpan reconnectDelay, NbdClientTransmission connection)
    {
        _loop = loop;
        _connector = connector;
        _clock = clock;
        _reconnectDelay = reconnectDelay;
        _connection = connection;
        Info = connection.Info;
    }

    /// <summary>What was negotiated first; later connections must offer as much.</summary>
    public NbdExportInfo Info { get; }

    /// <summary>Connects.</summary>
    /// <param name="loop">The host's loop.</param>
    /// <param name="options">The server and what is wanted there.</param>
    /// <param name="clock">The clock of time limits.</param>
    /// <param name="openTimeout">How long to try; zero for once.</param>
    /// <param name="reconnectDelay">How long requests wait for a lost server to come back.</param>
    /// <returns>The session.</returns>
    /// <exception cref="NbdClientException">There is no such server or export.</exception>
    public static async ValueTask<NbdClientSession> OpenAsync(
        EventLoop loop, NbdClientOptions options, TimeProvider clock, TimeSpan openTimeout, TimeSpan reconnectDelay)
    {
        var connector = new NbdConnector(options, clock);
        NbdClientTransmission connection;
        if (openTimeout > TimeSpan.Zero)
        {
            using var limit = new CancellationTokenSource(openTimeout, clock);
            connection = await connector.ConnectPatientlyAsync(limit.Token);
        }
        else
        {
            connection = await connector.ConnectAsync();
        }

        return new NbdClientSession(loop, connector, clock, reconnectDelay, connection);
    }

    /// <summary>Carries out a request, over as many connections as it takes.</summary>
    /// <param name="send">Sends it over a connection.</param>
    /// <returns>The request's result.</returns>
    /// <exception cref="BlockIOException">The server reported an error, or is gone.</exception>
    public async ValueTask<NbdExtent?> RunAsync(Func<NbdClientTransmission, ValueTask<NbdExtent?>> send)
    {
        while (true)
        {
            NbdClientTransmission connection = await GetConnectionAsync();
            _loop.BeginAtPeer();
            try
            {
                return await send(connection);
            }
            catch (NbdConnectionLostException e)
            {
                OnLost(connection);
                if (!IsWaiting)
                {
                    throw new BlockIOException(e.Errno);
                }
            }
            finally
            {
                _loop.EndAtPeer();
            }
        }
    }

    /// <summary>Ends the session.</summary>
    /// <returns>A task that ends when nothing is left of it.</returns>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _patience?.Dispose();
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        if (_attempt is not null)
        {
            try
            {
                await (await _attempt).DisposeAsync();
            }
            catch (NbdClientException)
            {
                // The attempt was ended before it succeeded.
            }
        }

        _closing.Dispose();
    }

    private bool IsWaiting => _patience is { IsCancellationRequested: false };

    private void OnLost(NbdClientTransmission connection)
    {
        if (_connection != connection)
        {
            return;
        }

        _connection = null;
        _ = connection.DisposeAsync().AsTask();
        if (_reconnectDelay > TimeSpan.Zero)
        {
            _patience?.Dispose();
            _patience = new CancellationTokenSource(_reconnectDelay, _clock);
        }
    }

    private async ValueTask<NbdClientTransmission> GetConnectionAsync()
    {
        if (_connection is { IsLost: true } lost)
        {
            OnLost(lost);
        }

        while (_connection is null)
        {
            _attempt ??= _connector.ConnectPatientlyAsync(_closing.Token);
            if (IsWaiting)
            {
                await WaitForAttemptAsync(_attempt, _patience!.Token);
            }

            // Another request may have taken the connection over in the meantime.
            if (_connection is null && !TryAdopt())
            {
                throw new BlockIOException(Errno.EIO);
            }
        }

        return _connection;
    }

    private static async ValueTask WaitForAttemptAsync(Task<NbdClientTransmission> attempt, CancellationToken patience)
    {
        try
        {
            await attempt.WaitAsync(patience);
        }
        catch (OperationCanceledException)
        {
            // The delay is over.
        }
        catch (NbdClientException)
        {
            // The session is being closed.
        }
    }

    /// <summary>Takes a finished attempt's connection, if the export is still what it was.</summary>
    private bool TryAdopt()
    {
        if (_attempt is not { IsCompletedSuccessfully: true } attempt)
        {
            return false;
        }

        _attempt = null;
        NbdClientTransmission connection = attempt.Result;

        // Requests may have become longer than a header without 64 bits can say.
        bool isNarrower = Info.Framing == NbdFraming.Extended && connection.Info.Framing != NbdFraming.Extended;
        if (connection.Info.Size != Info.Size || connection.Info.Flags != Info.Flags || isNarrower)
        {
            _ = connection.DisposeAsync().AsTask();
            return false;
        }

        _connection = connection;
        _patience?.Dispose();
        _patience = null;
        return true;
    }
}
