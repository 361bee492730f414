using System.Buffers;
using System.IO.Pipelines;
using QmpHost.Protocol.Server.Interception;

namespace QmpHost.Protocol.Server;

/// <summary>What a session has to say: messages are appended at once, and sent as fast as the client reads. Thread safe.</summary>
internal sealed class QmpOutput
{
    private const int KeptCapacity = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly PipeWriter _pipe;
    private readonly Action _progress;
    private ArrayBufferWriter<byte> _filling = new();
    private ArrayBufferWriter<byte> _sending = new();
    private TaskCompletionSource? _allSent;
    private bool _isSending;

    /// <summary>Makes an output.</summary>
    /// <param name="pipe">Where bytes go.</param>
    /// <param name="progress">Called, on any thread, after bytes were sent or could not be sent.</param>
    public QmpOutput(PipeWriter pipe, Action progress)
    {
        _pipe = pipe;
        _progress = progress;
    }

    /// <summary>Who sends instead of this class, in a way that a test chooses; null for nobody. Thread safe.</summary>
    public QmpWire? Wire { get; set; }

    /// <summary>Whether sending has failed: what is written from now on is dropped.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>How many bytes wait to be sent.</summary>
    public long Backlog
    {
        get
        {
            lock (_lock)
            {
                return (long)_filling.WrittenCount + _sending.WrittenCount;
            }
        }
    }

    /// <summary>Appends a message.</summary>
    /// <typeparam name="T">The message's type.</typeparam>
    /// <param name="message">The message.</param>
    /// <param name="write">Writes it.</param>
    public void Append<T>(T message, Action<IBufferWriter<byte>, T> write)
    {
        lock (_lock)
        {
            if (!IsBroken)
            {
                write(_filling, message);
            }
        }
    }

    /// <summary>Starts to send what was appended, unless sending is under way and will come to it.</summary>
    public void Flush()
    {
        lock (_lock)
        {
            if (_isSending || _filling.WrittenCount == 0 || Wire is { IsHolding: true })
            {
                return;
            }

            _isSending = true;
            Swap();
        }

        _ = SendAsync();
    }

    /// <summary>Waits until all is sent, or sending has failed.</summary>
    /// <returns>A task that completes then.</returns>
    public Task WhenAllSentAsync()
    {
        Flush();
        lock (_lock)
        {
            if (!_isSending)
            {
                return Task.CompletedTask;
            }

            _allSent ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _allSent.Task;
        }
    }

    private static void Clear(ref ArrayBufferWriter<byte> buffer)
    {
        if (buffer.Capacity > KeptCapacity)
        {
            buffer = new ArrayBufferWriter<byte>();
        }
        else
        {
            buffer.ResetWrittenCount();
        }
    }

    private async Task SendAsync()
    {
        bool more = true;
        while (more)
        {
            bool failed;
            try
            {
                failed = Wire is { } wire
                    ? !await wire.SendAsync(_pipe, _sending.WrittenMemory).ConfigureAwait(false)
                    : (await _pipe.WriteAsync(_sending.WrittenMemory).ConfigureAwait(false)).IsCompleted;
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
            {
                // The client is gone. Its session ends when the reader notices; commands end undisturbed.
                failed = true;
            }

            more = AfterSending(failed);
            _progress();
        }
    }

    private bool AfterSending(bool failed)
    {
        lock (_lock)
        {
            Clear(ref _sending);
            if (failed)
            {
                IsBroken = true;
                Clear(ref _filling);
            }

            if (_filling.WrittenCount > 0)
            {
                Swap();
                return true;
            }

            _isSending = false;
            _allSent?.SetResult();
            _allSent = null;
            return false;
        }
    }

    private void Swap() => (_filling, _sending) = (_sending, _filling);
}
