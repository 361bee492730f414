namespace QmpHost.Block.Loop;

/// <summary>
/// Work that the present thread goes on with when what it is at has ended. Handing it to the pool would wake another thread,
/// which costs more than a short request itself, and the data would have to travel to that thread's processor.
/// </summary>
/// <remarks>
/// Threads take follow-ups only between <see cref="Accept"/> and <see cref="Take"/>, and only one, so that whatever else comes
/// up meanwhile runs beside it.
/// </remarks>
public static class FollowUp
{
    [ThreadStatic]
    private static bool _accepts;

    [ThreadStatic]
    private static IThreadPoolWorkItem? _next;

    /// <summary>From now on the thread takes a follow-up.</summary>
    public static void Accept() => _accepts = true;

    /// <summary>Gives work to the present thread, to be done soon, if the thread takes it.</summary>
    /// <param name="work">The work.</param>
    /// <returns>False when the thread takes none, or has one already.</returns>
    public static bool TryQueue(IThreadPoolWorkItem work)
    {
        if (!_accepts)
        {
            return false;
        }

        _accepts = false;
        _next = work;
        return true;
    }

    /// <summary>Takes no more follow-ups.</summary>
    /// <returns>The one that was given, for the caller to do, or null.</returns>
    public static IThreadPoolWorkItem? Take()
    {
        IThreadPoolWorkItem? work = _next;
        _accepts = false;
        _next = null;
        return work;
    }
}
