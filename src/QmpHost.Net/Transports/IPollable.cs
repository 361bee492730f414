namespace QmpHost.Net.Transports;

/// <summary>The owner of a socket that a <see cref="SocketPoller"/> watches. Both may be called at any time, on several threads.</summary>
internal interface IPollable
{
    /// <summary>Something has arrived, or the connection has ended.</summary>
    void OnReadable();

    /// <summary>There is room to send more, or the connection has ended. Told only while somebody wants to know.</summary>
    void OnWritable();
}
