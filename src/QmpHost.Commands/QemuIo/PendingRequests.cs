namespace QmpHost.Commands.QemuIo;

/// <summary>The asynchronous requests of a disk that have not ended, over all command lines that concern it.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
internal sealed class PendingRequests
{
    private readonly List<Task> _requests = [];

    /// <summary>Remembers a request until it has ended.</summary>
    /// <param name="request">The request; it reports its own errors.</param>
    public void Add(Task request)
    {
        _requests.RemoveAll(static earlier => earlier.IsCompleted);
        if (!request.IsCompleted)
        {
            _requests.Add(request);
        }
    }

    /// <summary>Waits for all requests.</summary>
    /// <returns>A task that ends with the last of them.</returns>
    public async ValueTask WaitAsync()
    {
        Task[] requests = [.. _requests];
        _requests.Clear();
        foreach (Task request in requests)
        {
            await request;
        }
    }
}
