namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>What query-blockstats shows of a file's discards.</summary>
internal sealed class FileDiscardCounts
{
    /// <summary>Discards that succeeded.</summary>
    public long Succeeded { get; private set; }

    /// <summary>Discards that failed.</summary>
    public long Failed { get; private set; }

    /// <summary>Bytes of those that succeeded.</summary>
    public long Bytes { get; private set; }

    /// <summary>Counts a discard that succeeded.</summary>
    public void NoteSuccess(long bytes)
    {
        Succeeded++;
        Bytes += bytes;
    }

    /// <summary>Counts a discard that failed.</summary>
    public void NoteFailure() => Failed++;
}
