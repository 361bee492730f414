using System.Net.Sockets;
using QmpHost.Client;

namespace QmpHost.Tests.Support;

/// <summary>A socket on which a test waits for a program's monitor.</summary>
internal sealed class MonitorListener : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public MonitorListener(string path)
    {
        _socket.Bind(new UnixDomainSocketEndPoint(path));
        _socket.Listen();
    }

    /// <summary>The connection that a process makes, as it is.</summary>
    public async Task<NetworkStream> AcceptAsync(ProgramProcess process)
    {
        Task<Socket> accepted = _socket.AcceptAsync();
        if (await Task.WhenAny(accepted, process.Ended).WaitAsync(ProgramProcess.Patience) != accepted)
        {
            throw new InvalidOperationException("The program ended without connecting: " + await process.FinishAsync());
        }

        return new NetworkStream(await accepted, ownsSocket: true);
    }

    /// <summary>The connection that a process makes, negotiated.</summary>
    public async Task<QmpClient> NegotiateAsync(ProgramProcess process)
    {
        QmpClient client = await QmpClient.AttachAsync(await AcceptAsync(process));
        await client.NegotiateAsync();
        return client;
    }

    public void Dispose() => _socket.Dispose();
}
