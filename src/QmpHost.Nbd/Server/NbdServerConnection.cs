using QmpHost.Block.Loop;
using QmpHost.Nbd.Protocol;
using QmpHost.Net.Transports;

namespace QmpHost.Nbd.Server;

/// <summary>One client of a server, from the greeting to the end.</summary>
/// <remarks>Used on the host's loop only.</remarks>
internal sealed class NbdServerConnection
{
    private readonly EventLoop _loop;
    private readonly ITransport _transport;
    private readonly NbdNegotiation _negotiation;
    private readonly TimeProvider _clock;
    private NbdTransmission? _transmission;

    /// <summary>Takes over a connected transport.</summary>
    /// <param name="loop">The host's loop.</param>
    /// <param name="clock">The clock of the negotiation's time limit.</param>
    /// <param name="transport">The connection.</param>
    /// <param name="directory">The exports.</param>
    /// <param name="tls">How to start TLS, which is then required; or null.</param>
    /// <param name="knowsExtendedHeaders">Whether extended headers are offered.</param>
    public NbdServerConnection(
        EventLoop loop, TimeProvider clock, ITransport transport, INbdExportDirectory directory, INbdTlsUpgrade? tls, bool knowsExtendedHeaders)
    {
        _loop = loop;
        _clock = clock;
        _transport = transport;
        _negotiation = new NbdNegotiation(directory, transport, tls, knowsExtendedHeaders);
    }

    /// <summary>The export that the client has chosen, once it has.</summary>
    public NbdExport? Export { get; private set; }

    /// <summary>When requests last came in, or the transmission began; 0 before that.</summary>
    public long LastReceived => _transmission?.LastReceived ?? 0;

    /// <summary>For how long the client may negotiate.</summary>
    public TimeSpan HandshakeTime { get; init; } = TimeSpan.FromSeconds(NbdConstants.HandshakeSeconds);

    /// <summary>Told, on the loop, when the negotiation has ended well.</summary>
    public Action? Negotiated { get; init; }

    /// <summary>Serves the client.</summary>
    /// <returns>A task that ends when the connection is closed; its result is what the host's user should know.</returns>
    public async Task<IReadOnlyList<string>> RunAsync()
    {
        try
        {
            NbdSession? session = await NegotiateAsync();
            if (session is null)
            {
                return [];
            }

            Export = session.Export;
            Negotiated?.Invoke();
            _transmission = new NbdTransmission(_loop, _negotiation.Receiver, session);
            IReadOnlyList<string> reasons = await Task.Run(_transmission.RunAsync);
            return [.. reasons.Select(static reason => $"Disconnect client, due to: {reason}")];
        }
        catch (NbdNegotiationException e)
        {
            return [$"option negotiation failed: {e.Message}"];
        }
        catch (IOException e)
        {
            return [$"option negotiation failed: {e.Message}"];
        }
        finally
        {
            Close();
        }
    }

    /// <summary>Ends the connection without asking the client; <see cref="RunAsync"/> ends when requests under way are finished.</summary>
    public void Abort() => _transport.Shutdown();

    private async ValueTask<NbdSession?> NegotiateAsync()
    {
        // A client that does not get to the point must not keep others out for ever.
        using ITimer timer = _clock.CreateTimer(
            static state => ((ITransport)state!).Shutdown(), _transport, HandshakeTime, Timeout.InfiniteTimeSpan);
        return await _negotiation.RunAsync();
    }

    private void Close()
    {
        _negotiation.Receiver.Transport.Shutdown();
        _negotiation.Receiver.Transport.Dispose();
        _transport.Dispose();
    }
}
