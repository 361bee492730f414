using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace QmpHost.Exports.Tests.Support;

/// <summary>A front end of vhost-user with one queue, which does what the test says, however wrong.</summary>
internal sealed class FrontEnd : IDisposable
{
    public const ulong GuestAddress = 0x40000000;
    public const ulong UserAddress = 0x7f0000000000;
    public const int Header = 0x10000;
    public const int Status = 0x11000;
    public const int Data = 0x20000;
    public const int Available = 0x4000;
    public const int Used = 0x8000;
    public const ulong AllFeatures = 0x170007E46;
    private const int QueueSize = 128;
    private const ushort Next = 1;

    private readonly Socket _socket;
    private readonly SafeFileHandle _kick = FrontEndMemory.CreateEvent();
    private readonly SafeFileHandle _call = FrontEndMemory.CreateEvent();
    private ushort _available;
    private ushort _used;

    private FrontEnd(Socket socket) => _socket = socket;

    public FrontEndMemory Memory { get; } = new(0x200000);

    public static async Task<FrontEnd> ConnectAsync(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 30000 };
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        return new FrontEnd(socket);
    }

    /// <summary>Connects, and does everything up to a running queue.</summary>
    public static async Task<FrontEnd> StartAsync(string path, ulong features = 0x140007E46)
    {
        FrontEnd front = await ConnectAsync(path);
        front.Ask(1);
        front.Ask(15);
        front.Send(16, 0x20B);
        front.Send(2, features);
        front.SendTable();
        front.StartQueue();
        return front;
    }

    public void SendTable()
        => Send(5, Pack(1u, 0u, GuestAddress, (ulong)Memory.Length, UserAddress, 0UL), [Memory.File]);

    public void StartQueue(ushort first = 0)
    {
        Send(8, Pack(0u, (uint)QueueSize));
        Send(10, Pack(0u, (uint)first));
        Send(9, Pack(0u, 0u, UserAddress, UserAddress + Used, UserAddress + Available, 0UL));
        Send(12, Pack(0UL), [_kick]);
        Send(13, Pack(0UL), [_call]);
        Send(18, Pack(0u, 1u));
    }

    public void Send(uint request, ulong value) => Send(request, Pack(value));

    public void Send(uint request, byte[] payload, SafeFileHandle[]? descriptors = null, uint flags = 1)
        => DescriptorSender.Send(_socket, [.. Pack(request, flags, (uint)payload.Length), .. payload], descriptors ?? []);

    /// <summary>Asks for a number.</summary>
    public ulong Ask(uint request)
    {
        Send(request, []);
        return BinaryPrimitives.ReadUInt64LittleEndian(Receive());
    }

    /// <summary>Asks for a part of the configuration.</summary>
    public byte[] AskConfiguration(int length, int offset = 0)
    {
        Send(24, [.. Pack((uint)offset, (uint)length, 0u), .. new byte[length]]);
        byte[] answer = Receive();
        return answer.Length < 12 ? [] : answer[12..];
    }

    /// <summary>The payload of the next answer; null at the end of the connection.</summary>
    public byte[] Receive() => TryReceive() ?? throw new InvalidOperationException("The connection has ended.");

    public byte[]? TryReceive()
    {
        byte[]? header = Fill(12);
        return header is null ? null : Fill(BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(8)));
    }

    /// <summary>Puts a request onto the queue: its descriptors by offset and length, and whether they are to be written.</summary>
    public void Put(params (ulong Address, uint Length, bool IsWritable)[] descriptors)
    {
        for (int i = 0; i < descriptors.Length; i++)
        {
            (ulong address, uint length, bool isWritable) = descriptors[i];
            ushort flags = (ushort)((i + 1 < descriptors.Length ? Next : 0) | (isWritable ? 2 : 0));
            SetDescriptor(i, address, length, flags, (ushort)(i + 1));
        }

        PutHead(0);
    }

    public void SetDescriptor(int index, ulong address, uint length, ushort flags, ushort next)
        => Pack(address, length, (uint)(flags | (next << 16))).CopyTo(Memory.Bytes[(index * 16)..]);

    public void PutHead(ushort head, int steps = 1)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(Memory.Bytes[(Available + 4 + (_available % QueueSize * 2))..], head);
        _available += (ushort)steps;
        BinaryPrimitives.WriteUInt16LittleEndian(Memory.Bytes[(Available + 2)..], _available);
        Kick();
    }

    public void Kick() => FrontEndMemory.Signal(_kick);

    /// <summary>Makes a request and gives how many bytes were written for it, and its status.</summary>
    public async Task<(uint Written, int Status)> RequestAsync(uint type, ulong sector, byte[]? given = null, int room = 0)
    {
        PutRequest(type, sector, given, room);
        uint written = await WaitAsync();
        return (written, Memory.Bytes[Status]);
    }

    public void PutRequest(uint type, ulong sector, byte[]? given = null, int room = 0)
    {
        Pack(type, 0u, sector).CopyTo(Memory.Bytes[Header..]);
        Memory.Bytes[Status] = 0xAA;
        var descriptors = new List<(ulong, uint, bool)> { (GuestAddress + Header, 16, false) };
        if (given is { Length: > 0 })
        {
            given.CopyTo(Memory.Bytes[Data..]);
            descriptors.Add((GuestAddress + Data, (uint)given.Length, false));
        }

        if (room > 0)
        {
            Memory.Bytes.Slice(Data, room).Fill(0xBB);
            descriptors.Add((GuestAddress + Data, (uint)room, true));
        }

        descriptors.Add((GuestAddress + Status, 1, true));
        Put([.. descriptors]);
    }

    /// <summary>Waits until one request more has been given back.</summary>
    public async Task<uint> WaitAsync()
    {
        var waited = Stopwatch.StartNew();
        while (!IsGivenBack)
        {
            Assert.That(waited.Elapsed, Is.LessThan(TimeSpan.FromSeconds(60)), "a request is not given back");
            await Task.Yield();
        }

        uint written = BinaryPrimitives.ReadUInt32LittleEndian(Memory.Bytes[(Used + 4 + (_used % QueueSize * 8) + 4)..]);
        _used++;
        return written;
    }

    public bool IsGivenBack => BinaryPrimitives.ReadUInt16LittleEndian(Memory.Bytes[(Used + 2)..]) != _used;

    public static byte[] Pack(params object[] numbers)
    {
        using var bytes = new MemoryStream();
        foreach (object number in numbers)
        {
            bytes.Write(number is uint half ? BitConverter.GetBytes(half) : BitConverter.GetBytes((ulong)number));
        }

        return bytes.ToArray();
    }

    public void Dispose()
    {
        _socket.Dispose();
        _kick.Dispose();
        _call.Dispose();
        Memory.Dispose();
    }

    private byte[]? Fill(int length)
    {
        byte[] bytes = new byte[length];
        for (int have = 0; have < length;)
        {
            int received;
            try
            {
                received = _socket.Receive(bytes.AsSpan(have));
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset)
            {
                received = 0;
            }

            if (received == 0)
            {
                return null;
            }

            have += received;
        }

        return bytes;
    }
}
