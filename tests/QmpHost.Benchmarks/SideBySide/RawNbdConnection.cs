using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace QmpHost.Benchmarks.SideBySide;

/// <summary>A connection to an NBD server that has got as far as requests, and has sent one.</summary>
internal sealed class RawNbdConnection : IDisposable
{
    private const int GreetingSize = 18;
    private const int OptionReplySize = 20;
    private const int RequestSize = 28;
    private const int ReplySize = 16;
    private const ulong OptionMagic = 0x49484156454F5054;
    private const uint RequestMagic = 0x25609513;
    private const uint FixedNewstyleWithoutZeroes = 3;
    private const uint OptionGo = 7;
    private const uint ReplyAcknowledge = 1;
    private const uint ReplyErrorBit = 1u << 31;
    private const int BlockSize = 512;

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private RawNbdConnection()
    {
    }

    /// <summary>Connects, asks for an export and reads a block of it.</summary>
    /// <param name="socketPath">The server's socket.</param>
    /// <param name="export">The export's name.</param>
    /// <returns>The connection.</returns>
    public static RawNbdConnection Open(string socketPath, string export)
    {
        var connection = new RawNbdConnection();
        connection._socket.Connect(new UnixDomainSocketEndPoint(socketPath));
        connection.Negotiate(export);
        connection.ReadBlock();
        return connection;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private void Negotiate(string export)
    {
        Receive(GreetingSize);
        byte[] name = Encoding.UTF8.GetBytes(export);
        byte[] message = new byte[4 + 16 + 4 + name.Length + 2];
        BinaryPrimitives.WriteUInt32BigEndian(message, FixedNewstyleWithoutZeroes);
        BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(4), OptionMagic);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(12), OptionGo);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(16), name.Length + 6);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(20), name.Length);
        name.CopyTo(message, 24);
        _socket.Send(message);
        for (uint type = 0; type != ReplyAcknowledge;)
        {
            byte[] header = Receive(OptionReplySize);
            type = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(12));
            byte[] content = Receive(BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(16)));
            if ((type & ReplyErrorBit) != 0)
            {
                throw new InvalidOperationException($"The NBD server refused: {Encoding.UTF8.GetString(content)}");
            }
        }
    }

    private void ReadBlock()
    {
        byte[] request = new byte[RequestSize];
        BinaryPrimitives.WriteUInt32BigEndian(request, RequestMagic);
        BinaryPrimitives.WriteInt32BigEndian(request.AsSpan(24), BlockSize);
        _socket.Send(request);
        Receive(ReplySize + BlockSize);
    }

    private byte[] Receive(int size)
    {
        byte[] bytes = new byte[size];
        for (int done = 0; done < size;)
        {
            int count = _socket.Receive(bytes.AsSpan(done));
            done += count > 0 ? count : throw new EndOfStreamException("The NBD server closed the connection.");
        }

        return bytes;
    }
}
