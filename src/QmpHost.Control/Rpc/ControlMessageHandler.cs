using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace QmpHost.Control.Rpc;

/// <summary>
/// One message on a line. A client that has only closed its half, as tools at the end of a pipe do, gets the answers to all that it
/// asked before the connection ends.
/// </summary>
/// <param name="inner">Reads and writes the lines; disposed with this handler.</param>
/// <param name="isHungUp">Whether the client is gone altogether.</param>
internal sealed class ControlMessageHandler(NewLineDelimitedMessageHandler inner, Func<bool> isHungUp) : IJsonRpcMessageHandler, Microsoft.VisualStudio.Threading.IAsyncDisposable
{
    private static readonly TimeSpan HangUpInterval = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private TaskCompletionSource? _allAnswered;
    private int _unanswered;

    public bool CanRead => true;

    public bool CanWrite => true;

    public IJsonRpcMessageFormatter Formatter => inner.Formatter;

    public async ValueTask<JsonRpcMessage?> ReadAsync(CancellationToken cancellationToken)
    {
        if (await inner.ReadAsync(cancellationToken).ConfigureAwait(false) is { } message)
        {
            lock (_lock)
            {
                _unanswered += message is ControlRequest { IsResponseExpected: true } ? 1 : 0;
            }

            return message;
        }

        Task allAnswered = WhenAllAnsweredAsync();
        while (!allAnswered.IsCompleted && !isHungUp())
        {
            await allAnswered.WaitAsync(HangUpInterval, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }

        return null;
    }

    public async ValueTask WriteAsync(JsonRpcMessage content, CancellationToken cancellationToken)
    {
        try
        {
            await inner.WriteAsync(content, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (content is JsonRpcResult or JsonRpcError)
            {
                NoteAnswer();
            }
        }
    }

    public Task DisposeAsync() => inner.DisposeAsync();

    private Task WhenAllAnsweredAsync()
    {
        lock (_lock)
        {
            return _unanswered == 0
                ? Task.CompletedTask
                : (_allAnswered ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    private void NoteAnswer()
    {
        lock (_lock)
        {
            if (--_unanswered == 0)
            {
                _allAnswered?.TrySetResult();
            }
        }
    }
}
