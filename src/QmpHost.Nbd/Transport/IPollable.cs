namespace QmpHost.Nbd.Transport;

/// <summary>The owner of a socket that a <see cref="SocketPoller"/> watches.</summary>
internal interface IPollable
{
    /// <summary>Something has arrived, or the connection has ended. May be called at any time, on several threads.</summary>
    void OnReadable();
}
