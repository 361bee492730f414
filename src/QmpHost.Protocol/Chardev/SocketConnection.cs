using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using QmpHost.Net;

namespace QmpHost.Protocol.Chardev;

/// <summary>A connected socket.</summary>
public sealed class SocketConnection : CharacterConnection
{
    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly UnixSocketStream? _unix;

    /// <summary>Takes a connected socket over.</summary>
    /// <param name="socket">The socket, which is closed with the connection.</param>
    public SocketConnection(Socket socket)
        : this(socket, Open(socket))
    {
    }

    /// <summary>Takes a connected socket over, and what is spoken over it.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="stream">What is said within the protocol that is spoken; closes the socket.</param>
    internal SocketConnection(Socket socket, Stream stream)
    {
        _socket = socket;
        _stream = stream;
        _unix = stream as UnixSocketStream;
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

    /// <summary>What is said over a socket, as it is.</summary>
    /// <param name="socket">The socket, which is closed with the stream.</param>
    internal static Stream Open(Socket socket)
        => socket.AddressFamily == AddressFamily.Unix && OperatingSystem.IsLinux() ? new UnixSocketStream(socket) : new NetworkStream(socket, ownsSocket: true);
}
