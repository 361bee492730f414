using System.Runtime.CompilerServices;

namespace QmpHost.Block.Jobs;

/// <summary>
/// Where a job's code waits until somebody enters the job again. Entering runs the code at once, inside the caller,
/// up to its next wait: this is what makes the order of events and replies repeatable.
/// </summary>
internal sealed class JobWaiter : ICriticalNotifyCompletion
{
    private Action? _continuation;

    /// <summary>Whether code waits here.</summary>
    public bool IsWaiting => _continuation is not null;

    /// <summary>Part of the await pattern: never completed beforehand.</summary>
    public bool IsCompleted => false;

    /// <summary>Part of the await pattern.</summary>
    public JobWaiter GetAwaiter() => this;

    /// <summary>Part of the await pattern.</summary>
    public void GetResult()
    {
    }

    /// <summary>Lets the code that waits here go on, and returns when it waits again or ends.</summary>
    public void Enter()
    {
        Action? continuation = _continuation;
        _continuation = null;
        continuation?.Invoke();
    }

    public void OnCompleted(Action continuation) => _continuation = continuation;

    public void UnsafeOnCompleted(Action continuation) => _continuation = continuation;
}
