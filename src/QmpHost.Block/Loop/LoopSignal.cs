using System.Runtime.CompilerServices;

namespace QmpHost.Block.Loop;

/// <summary>
/// Where one piece of code waits on the event loop until somebody raises the signal. Raising runs the waiting code at
/// once, inside the caller, up to its next wait: this is what makes the order of events and replies repeatable.
/// A signal that is raised while nobody waits is lost, so waiting code checks its condition in a loop.
/// </summary>
internal sealed class LoopSignal : ICriticalNotifyCompletion
{
    private Action? _continuation;

    /// <summary>Part of the await pattern: never completed beforehand.</summary>
    public bool IsCompleted => false;

    /// <summary>Part of the await pattern.</summary>
    public LoopSignal GetAwaiter() => this;

    /// <summary>Part of the await pattern.</summary>
    public void GetResult()
    {
    }

    /// <summary>Lets the code that waits here go on, and returns when it waits again or ends.</summary>
    public void Raise()
    {
        Action? continuation = _continuation;
        _continuation = null;
        continuation?.Invoke();
    }

    public void OnCompleted(Action continuation) => _continuation = continuation;

    public void UnsafeOnCompleted(Action continuation) => _continuation = continuation;
}
