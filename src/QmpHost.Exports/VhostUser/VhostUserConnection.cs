using System.Buffers.Binary;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using QmpHost.Exports.Virtio;
using QmpHost.Net;
using QmpHost.Net.Transports;

namespace QmpHost.Exports.VhostUser;

/// <summary>The connection of a front end: messages come with descriptors, and are answered in order.</summary>
/// <remarks>Used on the host's loop only, but for <see cref="IPollable"/>.</remarks>
internal sealed class VhostUserConnection : IPollable, IDisposable
{
    private readonly Socket _socket;
    private readonly WakeSignal _readable = new();
    private readonly int _handle;
    private readonly long _pollKey;
    private Socket? _channel;

    /// <summary>Takes over a connected socket.</summary>
    /// <param name="socket">The socket.</param>
    public VhostUserConnection(Socket socket)
    {
        _socket = socket;
        _handle = (int)socket.SafeHandle.DangerousGetHandle();
        _pollKey = SocketPoller.Shared.Add(_handle, this);
    }

    /// <summary>Waits for the next message.</summary>
    /// <returns>The message, which the caller disposes, or null at the end of the connection.</returns>
    /// <exception cref="VirtioException">What came is no message.</exception>
    public async ValueTask<VhostUserMessage?> ReceiveAsync()
    {
        var descriptors = new List<SafeFileHandle>();
        VhostUserMessage? message = null;
        try
        {
            byte[] header = new byte[VhostUserProtocol.HeaderSize];
            if (!await TryFillAsync(header, descriptors))
            {
                return null;
            }

            uint flags = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(4));
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(8));
            if ((flags & VhostUserProtocol.VersionMask) != VhostUserProtocol.Version || length > VhostUserProtocol.MostPayload)
            {
                throw new VirtioException($"Error: oversized message request: {BinaryPrimitives.ReadUInt32LittleEndian(header)}, size: {length}");
            }

            byte[] payload = new byte[length];
            if (!await TryFillAsync(payload, descriptors))
            {
                return null;
            }

            bool needsReply = (flags & VhostUserProtocol.NeedsReply) != 0;
            message = new VhostUserMessage((VhostUserRequest)BinaryPrimitives.ReadUInt32LittleEndian(header), needsReply, payload, descriptors);
            return message;
        }
        finally
        {
            if (message is null)
            {
                descriptors.ForEach(static descriptor => descriptor.Dispose());
            }
        }
    }

    /// <summary>Answers a message.</summary>
    /// <param name="request">What it asked for.</param>
    /// <param name="payload">The answer.</param>
    /// <exception cref="VirtioException">The front end does not read what it asked for.</exception>
    public void Reply(VhostUserRequest request, ReadOnlySpan<byte> payload)
    {
        if (!TrySend(_socket, (uint)request, VhostUserProtocol.Version | VhostUserProtocol.IsReply, payload))
        {
            throw new VirtioException("Error while sending a reply");
        }
    }

    /// <summary>Takes the channel for requests of the back end.</summary>
    /// <param name="descriptor">A connected socket.</param>
    public void OpenChannel(SafeFileHandle descriptor)
    {
        _channel?.Dispose();
        nint handle = descriptor.DangerousGetHandle();
        descriptor.SetHandleAsInvalid();
        _channel = new Socket(new SafeSocketHandle(handle, ownsHandle: true));
    }

    /// <summary>Tells the front end that the device's configuration has changed, if it wants to know.</summary>
    public void TellOfChange()
    {
        if (_channel is not null)
        {
            _ = TrySend(_channel, VhostUserProtocol.ConfigurationChanged, VhostUserProtocol.Version, []);
        }
    }

    /// <summary>Ends the connection; a receive that waits ends, too.</summary>
    public void Shutdown()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The front end was faster.
        }
        catch (ObjectDisposedException)
        {
            // It has ended already.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        SocketPoller.Shared.Remove(_handle, _pollKey);
        _socket.Dispose();
        _channel?.Dispose();
    }

    void IPollable.OnReadable() => _readable.Give();

    void IPollable.OnWritable()
    {
    }

    // No byte more than is asked for: descriptors belong to the message with whose bytes they come.
    private async ValueTask<bool> TryFillAsync(Memory<byte> buffer, List<SafeFileHandle> descriptors)
    {
        while (!buffer.IsEmpty)
        {
            int received = 0;
            try
            {
                if (!DescriptorReceiver.TryReceive(_socket, buffer.Span, out received, out List<SafeFileHandle> further))
                {
                    await _readable.WaitAsync();
                    continue;
                }

                descriptors.AddRange(further);
            }
            catch (IOException)
            {
                return false;
            }

            if (received == 0)
            {
                return false;
            }

            buffer = buffer[received..];
        }

        return true;
    }

    private static bool TrySend(Socket socket, uint request, uint flags, ReadOnlySpan<byte> payload)
    {
        Span<byte> message = stackalloc byte[VhostUserProtocol.HeaderSize + payload.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(message, request);
        BinaryPrimitives.WriteUInt32LittleEndian(message[4..], flags);
        BinaryPrimitives.WriteUInt32LittleEndian(message[8..], (uint)payload.Length);
        payload.CopyTo(message[VhostUserProtocol.HeaderSize..]);
        return SocketCalls.Send((int)socket.SafeHandle.DangerousGetHandle(), message) == message.Length;
    }
}
