namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>
/// The data extent that was found last. On a memory file system finding the end of an extent takes time in proportion
/// to its length: a reader that asks chunk by chunk must not pay for the rest of the extent every time.
/// </summary>
/// <remarks>Used on the host's event loop only. It remembers data, never holes, so what others write meanwhile is not missed.</remarks>
internal sealed class KnownDataExtent
{
    private long _start;
    private long _end;

    /// <summary>How much data is known to begin at an offset.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <returns>The length in bytes, or 0 where nothing is known.</returns>
    public long BytesAt(long offset) => offset >= _start && offset < _end ? _end - offset : 0;

    /// <summary>Remembers an extent in place of the one before.</summary>
    /// <param name="start">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    public void Remember(long start, long bytes) => (_start, _end) = (start, start + bytes);

    /// <summary>Forgets what is known of an area whose data is dropped.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    public void Forget(long offset, long bytes)
    {
        if (offset < _end && offset + bytes > _start)
        {
            (_start, _end) = (0, 0);
        }
    }
}
