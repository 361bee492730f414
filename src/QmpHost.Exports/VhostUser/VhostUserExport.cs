using System.Net.Sockets;
using QmpHost.Block.Exports;
using QmpHost.Block.Graph;
using QmpHost.Block.Loop;
using QmpHost.Net;

namespace QmpHost.Exports.VhostUser;

/// <summary>A node that is a virtio disk for the front ends that connect to a socket, one at a time.</summary>
internal sealed class VhostUserExport : BlockExport
{
    private static readonly TimeSpan AcceptRetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly BlockContext _context;
    private readonly VhostUserDisk _disk;
    private readonly SocketListener _listener;
    private readonly Action<string> _report;
    private readonly Task _serving;
    private VhostUserSession? _session;
    private bool _isStopped;

    /// <summary>Makes an export and starts to listen.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="id">Its id.</param>
    /// <param name="backend">Its place in the graph.</param>
    /// <param name="disk">What front ends find.</param>
    /// <param name="listener">Where they connect.</param>
    /// <param name="report">Told of what they do wrong.</param>
    public VhostUserExport(VhostUserExportKind kind, string id, BlockBackend backend, VhostUserDisk disk, SocketListener listener, Action<string> report)
        : base(kind, id, backend)
    {
        _context = backend.Graph.Context;
        _disk = disk;
        _listener = listener;
        _report = report;
        backend.Resized = OnResized;
        _serving = ServeAllAsync();
    }

    /// <summary>A front end does not keep its export from being removed.</summary>
    public override bool HasClients => false;

    /// <inheritdoc/>
    public override long LastReceived => 0;

    /// <inheritdoc/>
    public override void AbortClients()
    {
        if (!_isStopped)
        {
            _isStopped = true;
            _listener.Close();
        }

        _session?.Abort();
    }

    /// <inheritdoc/>
    public override Task EndClientsAsync()
    {
        AbortClients();
        return _serving;
    }

    private async Task ServeAllAsync()
    {
        while (!_isStopped)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                if (!_isStopped)
                {
                    // Out of descriptors, or a client that left at once.
                    await Task.Delay(AcceptRetryDelay, _context.Clock);
                }

                continue;
            }

            if (_isStopped)
            {
                client.Dispose();
                return;
            }

            _session = new VhostUserSession(new VhostUserConnection(client), _disk, _context.Loop, _report);
            await _session.RunAsync();
            _session = null;
        }
    }

    private void OnResized()
    {
        _disk.Configuration.SetLength(Backend.Node.Length);
        _session?.TellOfChange();
    }
}
