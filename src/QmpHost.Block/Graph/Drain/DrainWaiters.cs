namespace QmpHost.Block.Graph.Drain;

/// <summary>Those who wait until nodes are quiet; looked at whenever something has become idle.</summary>
internal sealed class DrainWaiters
{
    private readonly List<TaskCompletionSource> _waiting = [];

    /// <summary>Whether anybody waits, so that becoming idle is worth telling.</summary>
    public bool Any => _waiting.Count > 0;

    /// <summary>Waits until a node and everything above it is idle.</summary>
    public ValueTask WaitAsync(DrainControl drain) => drain.IsBusy ? WaitWhileAsync(static d => d.IsBusy, drain) : ValueTask.CompletedTask;

    /// <summary>Waits until a condition no longer holds.</summary>
    public async ValueTask WaitWhileAsync<T>(Func<T, bool> condition, T state)
    {
        while (condition(state))
        {
            var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add(completion);
            await completion.Task;
        }
    }

    /// <summary>Lets every waiter look again, in a later turn of the loop.</summary>
    public void Wake()
    {
        if (_waiting.Count == 0)
        {
            return;
        }

        TaskCompletionSource[] all = [.. _waiting];
        _waiting.Clear();
        foreach (TaskCompletionSource completion in all)
        {
            completion.SetResult();
        }
    }
}
