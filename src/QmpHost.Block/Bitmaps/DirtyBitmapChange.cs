namespace QmpHost.Block.Bitmaps;

/// <summary>
/// A change that was made to the bitmaps of a node and can still be taken back: an action of a transaction.
/// Exactly one of <see cref="Commit"/> and <see cref="Abort"/> is called; neither can fail.
/// </summary>
public sealed class DirtyBitmapChange
{
    private readonly Action? _commit;
    private readonly Action? _abort;
    private bool _ended;

    internal DirtyBitmapChange(Action? commit = null, Action? abort = null)
    {
        _commit = commit;
        _abort = abort;
    }

    /// <summary>Makes the change final.</summary>
    /// <exception cref="InvalidOperationException">The change was ended before.</exception>
    public void Commit() => End(_commit);

    /// <summary>Takes the change back.</summary>
    /// <exception cref="InvalidOperationException">The change was ended before.</exception>
    public void Abort() => End(_abort);

    private void End(Action? action)
    {
        if (_ended)
        {
            throw new InvalidOperationException("The change was ended before.");
        }

        _ended = true;
        action?.Invoke();
    }
}
