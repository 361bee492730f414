using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using QmpHost.Nbd.Protocol;
using QmpHost.Net.Transports;

namespace QmpHost.Nbd.Server;

/// <summary>Collects the replies to one option and sends them together.</summary>
/// <param name="transport">Where they go; replaced when TLS starts.</param>
internal sealed class NbdOptionWriter(ITransport transport)
{
    private readonly ArrayBufferWriter<byte> _pending = new(256);

    /// <summary>Where replies go.</summary>
    public ITransport Transport { get; set; } = transport;

    /// <summary>Adds raw bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    public void Raw(ReadOnlySpan<byte> bytes) => _pending.Write(bytes);

    /// <summary>Adds a reply.</summary>
    /// <param name="option">The option that it answers.</param>
    /// <param name="type">Its type.</param>
    /// <param name="payload">Its payload.</param>
    public void Reply(NbdOption option, NbdOptionReply type, ReadOnlySpan<byte> payload = default)
    {
        Span<byte> header = _pending.GetSpan(NbdConstants.OptionReplyHeaderSize);
        BinaryPrimitives.WriteUInt64BigEndian(header, NbdConstants.OptionReplyMagic);
        BinaryPrimitives.WriteUInt32BigEndian(header[8..], (uint)option);
        BinaryPrimitives.WriteUInt32BigEndian(header[12..], (uint)type);
        BinaryPrimitives.WriteUInt32BigEndian(header[16..], (uint)payload.Length);
        _pending.Advance(NbdConstants.OptionReplyHeaderSize);
        _pending.Write(payload);
    }

    /// <summary>Adds a reply of type <see cref="NbdOptionReply.Server"/>.</summary>
    /// <param name="export">The export.</param>
    public void Server(NbdExport export)
    {
        byte[] name = Encoding.UTF8.GetBytes(export.Name);
        byte[] description = Encoding.UTF8.GetBytes(export.Description ?? "");
        byte[] payload = new byte[4 + name.Length + description.Length];
        BinaryPrimitives.WriteUInt32BigEndian(payload, (uint)name.Length);
        name.CopyTo(payload, 4);
        description.CopyTo(payload, 4 + name.Length);
        Reply(NbdOption.List, NbdOptionReply.Server, payload);
    }

    /// <summary>Adds a reply of type <see cref="NbdOptionReply.Info"/>.</summary>
    /// <param name="option">The option that it answers.</param>
    /// <param name="type">The kind of information.</param>
    /// <param name="content">The information.</param>
    public void Info(NbdOption option, NbdInfoType type, ReadOnlySpan<byte> content)
    {
        byte[] payload = new byte[2 + content.Length];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)type);
        content.CopyTo(payload.AsSpan(2));
        Reply(option, NbdOptionReply.Info, payload);
    }

    /// <summary>Adds a reply of type <see cref="NbdOptionReply.MetaContext"/>.</summary>
    /// <param name="option">The option that it answers.</param>
    /// <param name="id">The context's identifier.</param>
    /// <param name="name">The context's name.</param>
    public void MetaContext(NbdOption option, uint id, string name)
    {
        byte[] payload = new byte[4 + Encoding.UTF8.GetByteCount(name)];
        BinaryPrimitives.WriteUInt32BigEndian(payload, id);
        Encoding.UTF8.GetBytes(name, payload.AsSpan(4));
        Reply(option, NbdOptionReply.MetaContext, payload);
    }

    /// <summary>Sends what was added.</summary>
    /// <returns>A task that ends when it is sent.</returns>
    public async ValueTask FlushAsync()
    {
        if (_pending.WrittenCount > 0)
        {
            await Transport.SendAsync(_pending.WrittenMemory);
            _pending.ResetWrittenCount();
        }
    }
}
