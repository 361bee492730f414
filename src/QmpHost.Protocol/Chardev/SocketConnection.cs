using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using QmpHost.Net;

namespace QmpHost.Protocol.Chardev;

/// <summary>A connected socket.</summary>
public sealed class SocketConnection : CharacterConnection
{
    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly UnixSocketStream? _unix;

    /// <summary>Takes a connected socket over.</summary>
    /// <param name="socket">The socket, which is closed with the connection.</param>
    public SocketConnection(Socket socket)
    {
        _socket = socket;
        _unix = socket.AddressFamily == AddressFamily.Unix && OperatingSystem.IsLinux() ? new UnixSocketStream(socket) : null;
        _stream = _unix ?? new NetworkStream(socket, ownsSocket: true);
        Input = PipeReader.Create(_stream);
        Output = PipeWriter.Create(_stream);
    }

    /// <inheritdoc/>
    public override PipeReader Input { get; }

    /// <inheritdoc/>
    public override PipeWriter Output { get; }

    /// <inheritdoc/>
    public override bool IsHungUp => SocketState.IsHungUp(_socket);

    /// <inheritdoc/>
    internal override Socket? Socket => _socket;

    /// <inheritdoc/>
    public override SafeFileHandle? TakeDescriptor() => _unix?.TakeDescriptor();

    /// <inheritdoc/>
    protected override ValueTask CloseAsync() => _stream.DisposeAsync();
}
