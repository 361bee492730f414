using System.Buffers.Binary;
using System.Net.Sockets;
using QmpHost.Machine.Objects;
using QmpHost.Machine.Qom;
using QmpHost.Net;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.Objects;

/// <summary>pr-manager-helper: the connection to a helper that may make persistent reservations on disks.</summary>
/// <param name="tree">The tree that it will be in.</param>
public sealed class PersistentReservationObject(QomTree tree) : UserObject(QomClass, tree)
{
    private string? _path;
    private Socket? _socket;

    /// <summary>The class "pr-manager-helper".</summary>
    public static QomClass QomClass { get; } = new("pr-manager-helper", QomClass.Object,
    [
        QomProperties.Text("path", static o => ((PersistentReservationObject)o)._path, static (o, v) => ((PersistentReservationObject)o)._path = v),
    ]);

    /// <inheritdoc/>
    protected override async ValueTask CompleteAsync()
    {
        if (_path is null)
        {
            throw new QmpException("path not set");
        }

        var address = new SocketAddress.Unix { Path = _path };
        Socket socket = await SocketConnector.ConnectAsync(address);
        try
        {
            await GreetAsync(socket);
            _socket = socket;
        }
        catch (Exception e) when (e is SocketException or QmpException)
        {
            socket.Dispose();
            throw e as QmpException ?? new QmpException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    protected override void Finish() => _socket?.Dispose();

    // Each side tells which features it wants; there are none yet.
    private static async ValueTask GreetAsync(Socket socket)
    {
        byte[] features = new byte[sizeof(uint)];
        for (int got = 0; got < features.Length;)
        {
            int count = await socket.ReceiveAsync(features.AsMemory(got));
            got += count > 0 ? count : throw new QmpException("Unexpected end-of-file before all data were read");
        }

        if (BinaryPrimitives.ReadUInt32BigEndian(features) != 0)
        {
            throw new QmpException($"Unknown features in helper");
        }

        await socket.SendAsync(features);
    }
}
