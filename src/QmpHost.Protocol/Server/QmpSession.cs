using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using QmpHost.Protocol.Chardev;
using QmpHost.Protocol.Server.Interception;
using QmpHost.Qapi;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace QmpHost.Protocol.Server;

/// <summary>One client of a monitor, from its connection to its end.</summary>
/// <remarks>
/// Requests are read and parsed on the thread pool; everything else happens on the host's event loop.
/// Without out-of-band execution all requests are executed in order. With it, those that ask for it are executed when
/// they are read, before the ones that wait.
/// </remarks>
internal sealed class QmpSession : IQmpSession, IQmpPeer, IDisposable
{
    private static readonly TimeSpan SettlePatience = TimeSpan.FromSeconds(1);

    /// <summary>What a client is told when a command fails for a reason that nobody foresaw.</summary>
    private const string UnexpectedErrorText = "An internal error occurred; see the log";

    /// <summary>How many bytes of output may wait before the session executes no further request.</summary>
    public const long CongestionLimit = 1024 * 1024;

    /// <summary>How many bytes of output may wait before an event ends the session.</summary>
    public const long BacklogLimit = 64 * 1024 * 1024;

    private readonly MonitorServer _server;
    private readonly QmpServerOptions _options;
    private readonly CharacterConnection _connection;
    private readonly QmpOutput _output;
    private readonly QmpServerMessageHandler _handler;
    private readonly QmpServerRpc _rpc;
    private readonly CommandContext _context;
    private readonly Queue<QmpRequestMessage> _inBand = new();
    private readonly SendOrPostCallback _takeArrived;
    private readonly SendOrPostCallback _flush;
    private TaskCompletionSource? _idle;
    private int _isFlushPosted;
    private int _executing;
    private volatile bool _isOobEnabled;
    private bool _mustSort;
    private bool _isClosed;
    private bool _isAdmitting;
    private Queue<QmpRequestMessage>? _admissions;

    public QmpSession(MonitorServer server, QmpServerOptions options, CharacterConnection connection, bool pretty)
    {
        _server = server;
        _options = options;
        _connection = connection;
        _output = new QmpOutput(connection.Output, OnOutputProgress);
        _handler = new QmpServerMessageHandler(connection, _output, new QmpServerFormatter(options.Profile, pretty), this);
        _rpc = new QmpServerRpc(_handler, this);
        _takeArrived = _ => TakeArrived();
        _flush = _ => Flush();
        _context = new CommandContext
        {
            Profile = options.Profile,
            Program = options.Program,
            CancellationToken = options.ShutdownToken,
            Session = this,
        };
    }

    /// <inheritdoc/>
    public bool IsNegotiated { get; private set; }

    /// <inheritdoc/>
    public object? Monitor { get; init; }

    /// <inheritdoc/>
    public required int Number { get; init; }

    /// <inheritdoc/>
    public QmpWire? Wire
    {
        get => _output.Wire;
        set
        {
            _output.Wire = value;
            RequestFlush();
        }
    }

    /// <summary>Whether somebody wants to see what is sent.</summary>
    public bool IsWatched => _server.Interceptor is not null;

    /// <inheritdoc/>
    public NamedDescriptors Descriptors { get; } = new();

    /// <summary>Requests on their way from the reader.</summary>
    public RequestIntake Intake { get; } = new();

    /// <summary>Whether the session stands in the scheduler's queue.</summary>
    public bool IsScheduled { get; set; }

    /// <summary>How many requests wait to be executed in band, those on their way from the reader not included. On the event loop only.</summary>
    public int WaitingCount => _inBand.Count;

    /// <summary>Whether a request waits to be executed in band.</summary>
    public bool HasNext => WaitingCount > 0;

    /// <summary>How many bytes of output wait to be sent.</summary>
    public long OutputBacklog => _output.Backlog;

    /// <inheritdoc/>
    public void CompleteNegotiation(bool enableOob)
    {
        if (IsNegotiated)
        {
            throw new QmpException(QmpErrorClass.CommandNotFound, "Capabilities negotiation is already complete, command ignored");
        }

        IsNegotiated = true;
        _isOobEnabled = enableOob;
        _mustSort = enableOob;
    }

    /// <inheritdoc/>
    public SafeFileHandle? TakeReceivedDescriptor() => _connection.TakeDescriptor();

    /// <summary>Serves the client until it is gone. Called on the event loop, and completes there.</summary>
    public async Task RunAsync()
    {
        foreach (QapiEvent early in _server.Interceptor?.BeforeGreeting(this) ?? [])
        {
            Notify(new QmpEventNotification(QmpStampedEvent.Now(early, _options.TimeProvider)));
        }

        Notify(new QmpGreetingMessage());
        _rpc.StartListening();
        await _rpc.Completion.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        Dispose();
    }

    /// <summary>Ends the session: requests that wait are dropped. Called on the event loop.</summary>
    public void Dispose()
    {
        _isClosed = true;
        DropInBand();
        _rpc.Dispose();
        Descriptors.Dispose();
    }

    /// <summary>Whether all output is sent.</summary>
    public bool IsAllSent => _output.Backlog == 0 && !_handler.AwaitsMessages;

    /// <summary>Waits until all output is sent.</summary>
    public Task WhenAllSentAsync() => _output.WhenAllSentAsync();

    /// <inheritdoc/>
    public Task SettleOutputAsync() => Task.WhenAny(WhenAllSentAsync(), Task.Delay(SettlePatience));

    /// <summary>Sends an event. Called on the event loop.</summary>
    public void Send(in QmpStampedEvent stamped)
    {
        if (_isClosed)
        {
            return;
        }

        if (_output.Backlog > BacklogLimit)
        {
            // The client does not read, and what it missed cannot be made up for: it learns that by losing the connection.
            Dispose();
            return;
        }

        if (_server.Interceptor is { } interceptor)
        {
            Send(stamped, interceptor.OnEvent(this, stamped.Event));
            return;
        }

        Notify(new QmpEventNotification(stamped));
    }

    /// <inheritdoc/>
    public void Drop() => Dispose();

    /// <inheritdoc/>
    public void Send(QapiEvent qapiEvent)
    {
        if (!_isClosed)
        {
            Notify(new QmpEventNotification(QmpStampedEvent.Now(qapiEvent, _options.TimeProvider)));
        }
    }

    /// <summary>Tells whoever intercepts conversations what was written. Called on any thread, in the order of the messages.</summary>
    public void Tell(JsonRpcMessage message, ReadOnlySpan<byte> text) => _server.Interceptor?.OnWritten(this, message switch
    {
        QmpGreetingMessage => QmpMessageSort.Greeting,
        QmpEventNotification => QmpMessageSort.Event,
        QmpErrorReplyMessage => QmpMessageSort.Error,
        _ => QmpMessageSort.Return,
    }, text);

    /// <summary>Takes a request over from the reader. Called on the reader's thread.</summary>
    public void Arrive(QmpRequestMessage request) => Intake.Arrive(request, request.IsOutOfBand && _isOobEnabled);

    /// <summary>Hands on what has arrived. Called on the reader's thread when there is nothing more to read at once, so that requests that came together are executed together.</summary>
    public void Deliver()
    {
        if (Intake.TryBeginDelivery() && (_options.TryRun is not { } tryRun || !tryRun(_takeArrived, null)))
        {
            _options.EventLoop.Post(_takeArrived, null);
        }
    }

    /// <summary>Waits until no request waits or is executed. Called on the reader's thread, when nothing more can arrive.</summary>
    public Task WhenIdleAsync()
    {
        var idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _options.EventLoop.Post(
            _ =>
            {
                _idle = idle;
                NoteIdle();
            },
            null);
        return idle.Task;
    }

    /// <summary>Sends what was written, later in this turn of the event loop. Called on any thread.</summary>
    public void RequestFlush()
    {
        if (Interlocked.Exchange(ref _isFlushPosted, 1) == 0)
        {
            _options.EventLoop.Post(_flush, null);
        }
    }

    /// <summary>Takes the next request that may be executed in band.</summary>
    /// <param name="hasWaited">Whether time has passed since the requests arrived, so that the client may be gone.</param>
    public QmpRequestMessage? TakeNext(bool hasWaited)
    {
        if (_output.IsBroken || (hasWaited && _connection.IsHungUp))
        {
            // What it sent and what was not read yet is dropped as well.
            Dispose();
        }

        if (_options.IsEnding?.Invoke() == true)
        {
            // What comes now would change a host that is being taken apart.
            DropInBand();
            return null;
        }

        if (_output.Backlog > CongestionLimit || !_inBand.TryDequeue(out QmpRequestMessage? request))
        {
            return null;
        }

        Intake.Leave(request, atOnce: _isOobEnabled);
        return request;
    }

    /// <summary>Executes a request and replies. Does not fail.</summary>
    public async ValueTask ExecuteAsync(QmpRequestMessage request)
    {
        _executing++;
        JsonRpcMessage reply;
        long started = _options.Observer is { IsWatching: true } ? Stopwatch.GetTimestamp() : 0;
        try
        {
            if (request.Verdict is { } verdict)
            {
                reply = Replace(request, verdict);
            }
            else
            {
                CommandDescriptor? command = CommandResolver.Resolve(
                    _options.Dispatcher, request, IsNegotiated, _isOobEnabled, out QDict? arguments, out QmpErrorReplyMessage? error);
                reply = command is null ? error! : new QmpReplyMessage(request.QmpId, await command.InvokeAsync(arguments, _context));
            }
        }
        catch (QmpException e)
        {
            reply = new QmpErrorReplyMessage(request.QmpId, e.ErrorClass, e.Message);
        }
        catch (Exception e)
        {
            // The words of the platform are for the log: to a client they would say nothing, or too much.
            _options.UnexpectedError?.Invoke(e);
            reply = new QmpErrorReplyMessage(request.QmpId, QmpErrorClass.GenericError, UnexpectedErrorText);
        }

        if (started != 0)
        {
            _options.Observer!.OnExecuted(request.CommandName, Stopwatch.GetElapsedTime(started), (reply as QmpErrorReplyMessage)?.Description);
        }

        _executing--;
        if (!_isClosed)
        {
            Answer(request, reply);
        }

        if (_mustSort)
        {
            SortOutOfBand();
        }

        RefuseOutOfBand();
        NoteIdle();
    }

    private static JsonRpcMessage Replace(QmpRequestMessage request, QmpCommandVerdict verdict) => verdict.Error is { } error
        ? new QmpErrorReplyMessage(request.QmpId, error.ErrorClass, error.Message)
        : new QmpReplyMessage(request.QmpId, verdict.Result is { } result ? QapiResult.From(result) : default);

    private void TakeArrived()
    {
        Intake.BeginTaking();
        while (Intake.TryTake(out QmpRequestMessage request))
        {
            if (_isClosed)
            {
                continue;
            }

            if (_server.Interceptor is not null || _isAdmitting)
            {
                AdmitIntercepted(request);
            }
            else
            {
                Admit(request);
            }
        }

        RefuseOutOfBand();
        if (HasNext)
        {
            _server.Scheduler.Ready(this);
        }
    }

    private void Admit(QmpRequestMessage request)
    {
        if (_isOobEnabled && request.IsOutOfBand)
        {
            _ = ExecuteOutOfBandAsync(request);
        }
        else
        {
            _inBand.Enqueue(request);
        }
    }

    // A command that is held back holds back those behind it, but none that is out of band.
    private void AdmitIntercepted(QmpRequestMessage request)
    {
        if (_isOobEnabled && request.IsOutOfBand)
        {
            _ = AdmitWhenAllowedAsync(request);
            return;
        }

        (_admissions ??= new Queue<QmpRequestMessage>()).Enqueue(request);
        if (!_isAdmitting)
        {
            _ = AdmitInOrderAsync(_admissions);
        }
    }

    private async Task AdmitInOrderAsync(Queue<QmpRequestMessage> requests)
    {
        _isAdmitting = true;
        while (requests.TryDequeue(out QmpRequestMessage? request))
        {
            await AdmitWhenAllowedAsync(request);
        }

        _isAdmitting = false;
        NoteIdle();
    }

    private async Task AdmitWhenAllowedAsync(QmpRequestMessage request)
    {
        QmpCommandVerdict verdict = _server.Interceptor is { } interceptor ? await interceptor.BeforeCommandAsync(this, request.Describe()) : default;
        if (_isClosed || verdict.IsIgnored)
        {
            Intake.Leave(request, atOnce: true);
            NoteIdle();
            return;
        }

        if (verdict.Drops)
        {
            Intake.Leave(request, atOnce: true);
            Dispose();
            return;
        }

        request.Verdict = verdict.IsAnswered ? verdict : null;
        Admit(request);
        RefuseOutOfBand();
        if (HasNext)
        {
            _server.Scheduler.Ready(this);
        }
    }

    private void Answer(QmpRequestMessage request, JsonRpcMessage reply)
    {
        if (_server.Interceptor is not { } interceptor)
        {
            Give(request, reply);
            return;
        }

        Task<QmpReplyVerdict> decision = interceptor.BeforeReplyAsync(this, request.Describe(), (reply as QmpErrorReplyMessage)?.Description).AsTask();
        if (decision.IsCompletedSuccessfully)
        {
            Give(request, reply, decision.Result);
            return;
        }

        // What is said after it comes after it.
        _executing++;
        _handler.KeepPlace(reply, isUndecided: true);
        _ = GiveLaterAsync(request, reply, decision);
    }

    private async Task GiveLaterAsync(QmpRequestMessage request, JsonRpcMessage reply, Task<QmpReplyVerdict> decision)
    {
        QmpReplyVerdict verdict = await decision;
        _executing--;
        if (!_isClosed)
        {
            Give(request, reply, verdict);
        }

        NoteIdle();
    }

    private void Give(QmpRequestMessage request, JsonRpcMessage reply, QmpReplyVerdict verdict)
    {
        switch (verdict)
        {
            case QmpReplyVerdict.Send:
                Give(request, reply);
                break;
            case QmpReplyVerdict.Drop:
                Dispose();
                break;
            case QmpReplyVerdict.SendAndDrop:
                Give(request, reply);
                _ = DropWhenSentAsync();
                break;
            default:
                _handler.GiveUpPlace(reply);
                break;
        }
    }

    private void Give(QmpRequestMessage request, JsonRpcMessage reply)
    {
        request.Complete(reply);
        _handler.KeepPlace(reply);
    }

    private async Task DropWhenSentAsync()
    {
        await WhenAllSentAsync();
        Dispose();
    }

    private void Send(in QmpStampedEvent stamped, QmpEventVerdict verdict)
    {
        if (verdict.Delay is { } delay)
        {
            _ = SendLaterAsync(stamped, delay, verdict.Times);
            return;
        }

        for (int i = 0; i < verdict.Times; i++)
        {
            Notify(new QmpEventNotification(stamped));
        }
    }

    private async Task SendLaterAsync(QmpStampedEvent stamped, Task delay, int times)
    {
        await delay;
        if (!_isClosed)
        {
            Send(stamped, QmpEventVerdict.Repeat(times));
        }
    }

    // Without the capability such a request is always an error, which QEMU tells as soon as it reads it, whatever other sessions execute.
    private void RefuseOutOfBand()
    {
        while (!_isOobEnabled && _executing == 0 && _inBand.TryPeek(out QmpRequestMessage? request) && request.IsOutOfBand)
        {
            _ = ExecuteOutOfBandAsync(_inBand.Dequeue());
        }
    }

    private async Task ExecuteOutOfBandAsync(QmpRequestMessage request)
    {
        await ExecuteAsync(request);
        Intake.Leave(request, atOnce: true);
    }

    // What was read before the session was told to tell the two kinds apart: QEMU would read it only now.
    private void SortOutOfBand()
    {
        _mustSort = false;
        for (int left = _inBand.Count; left > 0; left--)
        {
            QmpRequestMessage request = _inBand.Dequeue();
            if (request.IsOutOfBand)
            {
                _ = ExecuteOutOfBandAsync(request);
            }
            else
            {
                _inBand.Enqueue(request);
            }
        }
    }

    private void DropInBand()
    {
        while (_inBand.TryDequeue(out QmpRequestMessage? request))
        {
            Intake.Leave(request, atOnce: true);
        }

        // Whoever waits for the last of them waits no longer.
        NoteIdle();
    }

    private void NoteIdle()
    {
        if (_idle is not null && _executing == 0 && !HasNext && !_isAdmitting && Intake.IsEmpty)
        {
            _idle.TrySetResult();
        }
    }

    private void Notify(JsonRpcRequest notification)
    {
        try
        {
            ValueTask sent = _rpc.NotifyAsync(notification);
            _handler.KeepPlace(notification);
            if (sent.IsCompleted)
            {
                sent.GetAwaiter().GetResult();
            }
            else
            {
                _ = sent.AsTask();
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or OperationCanceledException or ConnectionLostException)
        {
            // The connection has just ended; the session is told so in a later turn.
        }
    }

    private void Flush()
    {
        Volatile.Write(ref _isFlushPosted, 0);
        Interlocked.MemoryBarrier();
        _output.Flush();
    }

    private void OnOutputProgress()
    {
        if (Intake.InBand > 0 && _output.Backlog <= CongestionLimit)
        {
            _options.EventLoop.Post(_ => _server.Scheduler.Ready(this), null);
        }
    }
}
