namespace QmpHost.Block.Graph.Requests;

/// <summary>Which writes of a node have been flushed.</summary>
internal sealed class FlushState
{
    private long _written;
    private long _flushed;

    /// <summary>The flush that is under way, if any; flushes of one node follow one another.</summary>
    public Task? Active { get; set; }

    /// <summary>A number that grows with every write.</summary>
    public long Generation => _written;

    /// <summary>Whether everything up to a generation is on disk already.</summary>
    public bool IsFlushed(long generation) => _flushed == generation;

    /// <summary>Something was written.</summary>
    public void NoteWrite() => _written++;

    /// <summary>Everything up to a generation has reached the disk.</summary>
    public void NoteFlush(long generation) => _flushed = generation;
}
