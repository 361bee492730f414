namespace QmpHost.Control.Gates;

/// <summary>
/// Holds one thing of a host at one moment, exactly there, until it is released: a job, a request to a node, a command, a reply.
/// Everything else goes on. It is used once.
/// </summary>
/// <remarks>May be used from any thread. Disposing it releases it.</remarks>
public sealed class Gate : IAsyncDisposable
{
    private readonly GateBoard _board;
    private readonly TaskCompletionSource<string> _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Gate(GateBoard board, int id, string description)
    {
        _board = board;
        Id = id;
        Description = description;
    }

    /// <summary>Its number among those of the host, from 1.</summary>
    public int Id { get; }

    /// <summary>What it waits for, in words.</summary>
    public string Description { get; }

    /// <summary>How far it has come.</summary>
    public GateState State => _open.Task.IsCompleted ? GateState.Released : _reached.Task.IsCompleted ? GateState.Holding : GateState.Armed;

    /// <summary>What it holds or has held, in words; null before that.</summary>
    public string? Held => _reached.Task.IsCompletedSuccessfully ? _reached.Task.Result : null;

    /// <summary>Ends when it is released. Continues on the host's loop where it is awaited there.</summary>
    internal Task Opened => _open.Task;

    /// <summary>Waits until it holds what it is for.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task with what it holds, in words.</returns>
    /// <exception cref="InvalidOperationException">It was released before that.</exception>
    public Task<string> WaitAsync(CancellationToken cancellationToken = default) => _reached.Task.WaitAsync(cancellationToken);

    /// <summary>Waits until it holds what it is for, but not for ever.</summary>
    /// <param name="patience">How long, in real time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task with what it holds, in words.</returns>
    /// <exception cref="TimeoutException">It has held nothing in that time; the message says what it waits for.</exception>
    /// <exception cref="InvalidOperationException">It was released before that.</exception>
    public async Task<string> WaitAsync(TimeSpan patience, CancellationToken cancellationToken = default)
    {
        try
        {
            return await _reached.Task.WaitAsync(patience, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Gate {Id} ({Description}) has held nothing within {patience}.");
        }
    }

    /// <summary>Lets go what it holds, or no longer waits for it. May be called again.</summary>
    /// <returns>A task that ends when what was held has gone on as far as it comes at once.</returns>
    public ValueTask ReleaseAsync() => _board.ReleaseAsync(this);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ReleaseAsync();

    internal void Meet(string what) => _reached.TrySetResult(what);

    internal void Open()
    {
        _open.TrySetResult();
        if (_reached.TrySetException(new InvalidOperationException($"Gate {Id} ({Description}) was released before it held anything.")))
        {
            // Nobody has to wait for it.
            _ = _reached.Task.Exception;
        }
    }
}
