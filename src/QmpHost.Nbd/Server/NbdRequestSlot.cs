using QmpHost.Nbd.Protocol;
using QmpHost.Nbd.Transport;

namespace QmpHost.Nbd.Server;

/// <summary>One of the requests that a client may have under way: the request, its payload, and its reply until that is sent.</summary>
internal sealed class NbdRequestSlot : INbdSendItem
{
    private const int InlineSize = 192;

    private readonly byte[] _inline = GC.AllocateUninitializedArray<byte>(InlineSize);

    /// <summary>The request.</summary>
    public NbdRequest Request { get; set; }

    /// <summary>Whether the request's magic number was wrong; the connection ends after the reply.</summary>
    public uint? BadMagic { get; set; }

    /// <summary>The metadata contexts that a block status request names in its payload; null where it names none.</summary>
    public NbdMetaContexts? Contexts { get; set; }

    /// <summary>Whether the payload of a block status request makes no sense.</summary>
    public bool HasInvalidPayload { get; set; }

    /// <summary>The payload of a write, or of the reply to a read; null for none.</summary>
    public NbdBuffer? Buffer { get; set; }

    /// <summary>The finished reply.</summary>
    public ReadOnlyMemory<byte> Head { get; private set; }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Body => default;

    /// <summary>Bytes of payload that count against the connection's budget.</summary>
    public int Charge { get; set; }

    /// <summary>Gives a short reply.</summary>
    /// <param name="length">Its length in bytes.</param>
    /// <returns>Where to write it.</returns>
    public Span<byte> SetInlineReply(int length)
    {
        Head = _inline.AsMemory(0, length);
        return _inline.AsSpan(0, length);
    }

    /// <summary>Gives a reply that lies in <see cref="Buffer"/>.</summary>
    /// <param name="reply">The reply.</param>
    public void SetReply(ReadOnlyMemory<byte> reply) => Head = reply;

    /// <summary>Lets go of payload and reply.</summary>
    public void Clear()
    {
        Head = default;
        BadMagic = null;
        Contexts = null;
        HasInvalidPayload = false;
        Charge = 0;
        if (Buffer is not null)
        {
            NbdBufferPool.Shared.Return(Buffer);
            Buffer = null;
        }
    }
}
