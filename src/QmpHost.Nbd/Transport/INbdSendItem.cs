using QmpHost.Net.Transports;
namespace QmpHost.Nbd.Transport;

/// <summary>A message that waits in an <see cref="NbdSendQueue{TItem}"/>.</summary>
internal interface INbdSendItem
{
    /// <summary>The message, or its beginning.</summary>
    ReadOnlyMemory<byte> Head { get; }

    /// <summary>The rest of the message, or nothing.</summary>
    ReadOnlyMemory<byte> Body { get; }
}
