using QmpHost.Block.Copy;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Jobs;

/// <summary>
/// The pieces of a disk that a job passes through from its start to its end: several are worked on at once, but they end
/// one after the other, so that progress and errors are those of a job that works on one at a time.
/// </summary>
/// <remarks>Used on the host's event loop only.</remarks>
/// <param name="copy">Works on a piece; failures are part of the result.</param>
internal sealed class ChainScan(Func<long, long, ValueTask<CopyResult>> copy)
{
    private const int MaxPieces = 16;

    private readonly Queue<Piece> _pieces = new();

    /// <summary>Whether there are pieces that have not ended.</summary>
    public bool HasPieces => _pieces.Count > 0;

    /// <summary>The length of the pieces that have not ended, in bytes.</summary>
    public long PendingBytes => _pieces.Sum(static piece => piece.Bytes);

    /// <summary>Whether the first piece should end before another one is added.</summary>
    public bool IsFull => _pieces.Count >= MaxPieces;

    /// <summary>Whether the first piece can end at once.</summary>
    public bool IsFirstDone => _pieces.TryPeek(out Piece? first) && first.Work.IsCompleted;

    /// <summary>Adds a piece on which nothing is to be done.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    public void Skip(long offset, long bytes) => _pieces.Enqueue(new Piece(offset, bytes) { Work = Task.FromResult(default(CopyResult)) });

    /// <summary>Adds a piece and begins to work on it.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    public void Start(long offset, long bytes) => _pieces.Enqueue(new Piece(offset, bytes) { Work = copy(offset, bytes).AsTask() });

    /// <summary>Waits for the first piece.</summary>
    /// <returns>How it ended, and its length in bytes; a piece that failed stays the first.</returns>
    public async ValueTask<(CopyResult Result, long Bytes)> WaitFirstAsync()
    {
        Piece first = _pieces.Peek();
        CopyResult result = await first.Work;
        if (result.Errno == Errno.None)
        {
            _pieces.Dequeue();
        }

        return (result, first.Bytes);
    }

    /// <summary>Works on the first piece, which has failed, again.</summary>
    public void RetryFirst()
    {
        Piece first = _pieces.Peek();
        first.Work = copy(first.Offset, first.Bytes).AsTask();
    }

    /// <summary>Gives the first piece, which has failed, up.</summary>
    public void DropFirst() => _pieces.Dequeue();

    /// <summary>Waits until nobody works on any piece.</summary>
    /// <returns>A task that ends then.</returns>
    public async ValueTask WaitAllAsync()
    {
        foreach (Piece piece in _pieces.ToArray())
        {
            await piece.Work;
        }
    }

    private sealed class Piece(long offset, long bytes)
    {
        public long Offset { get; } = offset;

        public long Bytes { get; } = bytes;

        public required Task<CopyResult> Work { get; set; }
    }
}
