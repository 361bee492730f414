using System.Diagnostics;
using Microsoft.Extensions.Logging;
using QmpHost.Block.Core;
using QmpHost.Block.Graph.Drain;
using QmpHost.Block.Loop;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Jobs;

/// <summary>
/// Work in the background that a client watches and steers. A job is made, started, runs its own asynchronous code
/// between wait points, and is then completed together with the other jobs of its transaction.
/// </summary>
/// <remarks>
/// Used on the host's event loop only. Derived classes implement <see cref="RunAsync"/> and the completion hooks; they
/// wait only with <see cref="YieldAsync"/>, <see cref="SleepAsync"/> or requests that come to an end by themselves, and
/// visit <see cref="PausePointAsync"/> often.
/// </remarks>
[DebuggerDisplay("{Id,nq} ({Type}, {Status})")]
public abstract class Job
{
    private readonly JobCoroutine _coroutine;
    private Action<Job>? _afterHold;

    /// <summary>Makes a job in state "created", which the manager lists from then on.</summary>
    /// <param name="manager">The host's jobs.</param>
    /// <param name="options">What it is started with.</param>
    /// <exception cref="QmpException">"Invalid job ID 'x'", "Job ID 'x' already in use".</exception>
    protected Job(JobManager manager, JobOptions options)
    {
        ArgumentNullException.ThrowIfNull(manager);
        ArgumentNullException.ThrowIfNull(options);
        using ChangeDrain.Section change = this is BlockJob ? manager.Graph.ChangeDrain.BeginForJob() : default;
        manager.CheckNewId(options.Id);
        Manager = manager;
        Id = options.Id;
        Type = options.Type;
        AutoFinalize = options.AutoFinalize;
        AutoDismiss = options.AutoDismiss;
        Transaction = options.Transaction ?? new JobTransaction();
        _coroutine = new JobCoroutine(manager.Context, OnIdle);
        manager.Add(this);
        TakeLimit();
        MoveTo(JobStatus.Created);
        Transaction.Add(this);
    }

    /// <summary>The jobs of the host.</summary>
    public JobManager Manager { get; }

    /// <summary>The id.</summary>
    public string Id { get; }

    /// <summary>What kind of job it is.</summary>
    public JobType Type { get; }

    /// <summary>The state.</summary>
    public JobStatus Status { get; private set; } = JobStatus.Undefined;

    /// <summary>How far it has come.</summary>
    public JobProgress Progress { get; } = new();

    /// <summary>Whether it makes its changes without being told.</summary>
    public bool AutoFinalize { get; }

    /// <summary>Whether it is forgotten without being told.</summary>
    public bool AutoDismiss { get; }

    /// <summary>The jobs that complete together with this one.</summary>
    public JobTransaction Transaction { get; }

    /// <summary>The text of the error that ended the job, or null.</summary>
    public string? ErrorText { get; private set; }

    /// <summary>Whether the job has failed or was cancelled.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Whether its code is running or waits for requests, rather than for being entered.</summary>
    public bool IsBusy => _coroutine.IsBusy;

    /// <summary>Whether it rests at a pause point.</summary>
    public bool IsPaused => _coroutine.IsPaused;

    /// <summary>Whether a client has paused it.</summary>
    public bool IsUserPaused { get; private set; }

    /// <summary>Whether somebody wants it paused: a client, a drained section, an error.</summary>
    public bool ShouldPause => _coroutine.ShouldPause;

    /// <summary>Whether a test holds it at some point of its life.</summary>
    public bool IsHeld { get; private set; }

    /// <summary>Whether cancelling was asked for, possibly one that lets the job end in good order.</summary>
    public bool IsCancelRequested { get; private set; }

    /// <summary>Whether the job shall end as soon as possible, without its result.</summary>
    public bool IsCancelled { get; private set; }

    /// <summary>Whether it was started.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>Whether its code has ended, so that only completion is left.</summary>
    public bool HasFinishedRunning { get; private set; }

    /// <summary>Whether its outcome is settled: it waits for others, for the client, or has ended.</summary>
    public bool IsCompleted
        => Status is JobStatus.Waiting or JobStatus.Pending or JobStatus.Aborting or JobStatus.Concluded or JobStatus.Null;

    /// <summary>Whether it has reached the state in which it only mirrors further changes.</summary>
    public bool IsReady => Status is JobStatus.Ready or JobStatus.Standby;

    /// <summary>Starts the job's code, which runs at once up to its first wait.</summary>
    public void Start()
    {
        IsStarted = true;
        if (!TryHold(JobHoldPoint.Created, static job => job.Launch()))
        {
            Launch();
        }
    }

    /// <summary>Lets a job go on that a test holds; does nothing otherwise.</summary>
    public void LetGo()
    {
        if (!IsHeld)
        {
            return;
        }

        IsHeld = false;
        Action<Job>? next = _afterHold;
        _afterHold = null;
        if (next is null)
        {
            Enter();
        }
        else
        {
            next(this);
        }
    }

    /// <summary>Tells a job that rests at the limit of its progress that there is another one.</summary>
    public virtual void LimitChanged() => Enter();

    /// <summary>Lets a job go on that waits to be entered; does nothing if it is busy or has ended.</summary>
    public void Enter() => _coroutine.Enter();

    /// <summary>Like <see cref="Enter"/>, but only if the job sleeps: used when its speed limit has changed.</summary>
    public void EnterIfSleeping() => _coroutine.EnterIfSleeping();

    /// <summary>Wants the job paused, in addition to others who may want that. It pauses at its next pause point.</summary>
    public void Pause() => _coroutine.Pause();

    /// <summary>Takes one <see cref="Pause"/> back.</summary>
    public void Resume() => _coroutine.Resume();

    /// <summary>Checks that the job's state accepts a verb.</summary>
    /// <param name="verb">What is asked of it.</param>
    /// <exception cref="QmpException">It does not.</exception>
    public void CheckVerb(JobVerb verb) => JobStateTable.Check(Id, Status, verb);

    /// <summary>Cancels the job; a concluded one is dismissed.</summary>
    /// <param name="force">Whether to end even a ready job without its result.</param>
    /// <returns>A task that ends when everything that can be done at once is done.</returns>
    public async ValueTask CancelAsync(bool force)
    {
        if (Status == JobStatus.Concluded)
        {
            await DismissAsync();
            return;
        }

        RequestCancel(force);
        if (!IsStarted)
        {
            await Transaction.OnJobEndedAsync(this);
        }
        else if (HasFinishedRunning)
        {
            // Waiting or pending: a cancel that would let the job end in good order comes too late to change anything.
            if (IsCancelled)
            {
                await Transaction.AbortAsync(this);
            }
        }
        else
        {
            Enter();
        }
    }

    /// <summary>Cancels the job without its result and waits until it has ended.</summary>
    /// <returns>A task that ends with the job.</returns>
    public async ValueTask CancelAndWaitAsync()
    {
        await CancelAsync(force: true);
        await WaitCompletedAsync();
    }

    /// <summary>Waits until the job's outcome is settled, and what settles it is done. In a main turn.</summary>
    /// <returns>A task that ends then.</returns>
    public ValueTask WaitCompletedAsync() => Manager.Context.Turns.PollWhileAsync(static job => !job.IsCompleted, this);

    /// <summary>Drops a job that could not be set up: from "created" straight to "null".</summary>
    public void FailEarly()
    {
        Transaction.Remove(this);
        MoveTo(JobStatus.Null);
        Manager.Remove(this);
    }

    /// <summary>The job as query-jobs shows it.</summary>
    /// <returns>The description.</returns>
    public JobInfo Describe() => new()
    {
        Id = Id,
        Type = Type,
        Status = Status,
        CurrentProgress = Progress.Current,
        TotalProgress = Progress.Total,
        Error = ErrorText,
    };

    /// <summary>Pauses in the name of the client, as an error with action "stop" does.</summary>
    internal void PauseAsUser()
    {
        IsUserPaused = true;
        Pause();
    }

    internal void ResumeAsUser()
    {
        OnUserResume();
        IsUserPaused = false;
        Resume();
    }

    internal void CompleteAsUser() => OnComplete();

    /// <summary>Follows whoever watches the host's jobs from now on.</summary>
    internal void TakeLimit()
    {
        IJobWatch? watch = Manager.Watch;
        Progress.Limit = watch is null ? null : _ => watch.LimitOf(this);
        Progress.LimitReached = watch is null ? null : () => watch.OnLimitReached(this);
    }

    /// <summary>Holds the job at a point of its life if a test wants that.</summary>
    /// <param name="point">The point.</param>
    /// <param name="next">What the job does when it is let go; null where its code waits by itself.</param>
    /// <returns>Whether it is held.</returns>
    internal bool TryHold(JobHoldPoint point, Action<Job>? next)
    {
        if (Manager.Watch is not { } watch || IsCancelled)
        {
            return false;
        }

        // Whoever is asked may let the job go at once.
        IsHeld = true;
        _afterHold = next;
        if (!watch.HoldsAt(this, point))
        {
            IsHeld = false;
            _afterHold = null;
            return false;
        }

        return true;
    }

    internal async ValueTask DismissAsync()
    {
        MoveTo(JobStatus.Null);
        Manager.Remove(this);
        await FreeAsync();
    }

    internal void RequestCancel(bool force)
    {
        if (IsUserPaused)
        {
            OnUserResume();
            IsUserPaused = false;
            _coroutine.ForgetPause();
        }

        bool hard = OnCancel(force);
        if (HasFinishedRunning && !hard)
        {
            return;
        }

        IsCancelRequested = true;
        IsCancelled |= hard;
        LetGo();
    }

    internal void MoveTo(JobStatus status)
    {
        if (!JobStateTable.Allows(Status, status))
        {
            throw new InvalidOperationException($"Job '{Id}' cannot go from {Status} to {status}.");
        }

        Status = status;
        if (Manager.Context.Log.IsEnabled(LogLevel.Debug))
        {
            Manager.Context.Log.JobState(Id, status.ToWire());
        }

        Manager.Context.Events.Emit(new JobStatusChangeEvent { Id = Id, Status = status });
    }

    /// <summary>Takes note of the outcome; a failed or cancelled job goes to "aborting".</summary>
    internal void SettleResult()
    {
        if (!HasFailed && IsCancelled)
        {
            Fail(Errno.ECANCELED.Describe());
        }

        if (HasFailed && Status is not (JobStatus.Aborting or JobStatus.Concluded or JobStatus.Null))
        {
            MoveTo(JobStatus.Aborting);
        }
    }

    internal void Fail(string text)
    {
        HasFailed = true;
        ErrorText ??= text;
    }

    internal void MoveToPending()
    {
        MoveTo(JobStatus.Pending);
        if (!AutoFinalize)
        {
            Manager.Graph.NotifyIdle();
            OnPending();
        }
    }

    internal async ValueTask ExitAsync()
    {
        _coroutine.Rest();
        OnIdle();
        await Transaction.OnJobEndedAsync(this);
    }

    internal ValueTask PrepareForEndAsync() => HasFailed ? ValueTask.CompletedTask : PrepareAsync();

    /// <summary>Makes the job's changes or takes them back, tells of the end, and concludes.</summary>
    internal async ValueTask ConcludeAsync()
    {
        SettleResult();
        await EndWorkAsync();
        if (IsStarted)
        {
            OnEnded(IsCancelled);
        }

        Transaction.Remove(this);
        MoveTo(JobStatus.Concluded);
        bool isHeld = TryHold(JobHoldPoint.Concluded, static job => job.DismissLater());
        if ((AutoDismiss && !isHeld) || !IsStarted)
        {
            await DismissAsync();
        }
    }

    /// <summary>The work. Ends normally, or with <see cref="BlockIOException"/> or <see cref="QmpException"/> for a failure.</summary>
    /// <returns>A task that ends with the work.</returns>
    protected abstract Task RunAsync();

    /// <summary>Last chance to fail, before any job of the transaction commits. Not called for a failed job.</summary>
    /// <returns>A task that ends when the job is prepared.</returns>
    protected virtual ValueTask PrepareAsync() => ValueTask.CompletedTask;

    /// <summary>The job succeeded: makes its result visible.</summary>
    protected virtual void OnCommit()
    {
    }

    /// <summary>The job failed or was cancelled: takes its changes back.</summary>
    protected virtual void OnAbort()
    {
    }

    /// <summary>Releases what the job used, after <see cref="OnCommit"/> or <see cref="OnAbort"/>.</summary>
    /// <returns>A task that ends when it is released.</returns>
    protected virtual ValueTask CleanAsync() => ValueTask.CompletedTask;

    /// <summary>Releases what the job kept while it was listed.</summary>
    /// <returns>A task that ends when it is released.</returns>
    protected virtual ValueTask FreeAsync() => ValueTask.CompletedTask;

    /// <summary>Cancelling was asked for.</summary>
    /// <param name="force">Whether the job shall end without its result.</param>
    /// <returns>Whether the job will end without its result.</returns>
    protected virtual bool OnCancel(bool force) => true;

    /// <summary>A ready job shall come to its end.</summary>
    /// <exception cref="QmpException">This kind of job cannot.</exception>
    protected virtual void OnComplete() => throw new QmpException($"Job '{Id}' does not support completion");

    /// <summary>The job is about to rest: brings requests under way to their end.</summary>
    /// <returns>A task that ends when none is under way.</returns>
    protected virtual ValueTask OnPausingAsync() => ValueTask.CompletedTask;

    /// <summary>A client resumes the job, or cancels it while paused.</summary>
    protected virtual void OnUserResume()
    {
    }

    /// <summary>The job waits for the client to finalize it.</summary>
    protected virtual void OnPending()
    {
    }

    /// <summary>The job has reached "ready".</summary>
    protected virtual void OnReady()
    {
    }

    /// <summary>The job has ended, just before "concluded".</summary>
    /// <param name="cancelled">Whether because it was cancelled.</param>
    protected virtual void OnEnded(bool cancelled)
    {
    }

    /// <summary>The job no longer has requests under way; told so that drained sections can begin.</summary>
    protected virtual void OnIdle()
    {
    }

    /// <summary>Goes to state "ready".</summary>
    protected void MoveToReady()
    {
        MoveTo(JobStatus.Ready);
        OnReady();
        TryHold(JobHoldPoint.Ready, null);
    }

    /// <summary>Waits until the job is entered; passes a pause point afterwards.</summary>
    /// <returns>A task that ends when the job may go on.</returns>
    protected ValueTask YieldAsync() => SleepAsync(Timeout.InfiniteTimeSpan);

    /// <summary>Waits for some time on the host's clock, or until the job is entered; passes a pause point afterwards.</summary>
    /// <param name="time">How long, or <see cref="Timeout.InfiniteTimeSpan"/>.</param>
    /// <returns>A task that ends when the job may go on.</returns>
    protected async ValueTask SleepAsync(TimeSpan time)
    {
        if (IsCancelled)
        {
            return;
        }

        if (!ShouldPause)
        {
            await _coroutine.WaitAsync(time);
        }

        await PausePointAsync();
    }

    /// <summary>Rests here if somebody wants the job paused.</summary>
    /// <returns>A task that ends when the job may go on.</returns>
    protected async ValueTask PausePointAsync()
    {
        while (IsHeld && !IsCancelled)
        {
            await _coroutine.WaitAsync(Timeout.InfiniteTimeSpan);
        }

        if (!ShouldPause || IsCancelled)
        {
            return;
        }

        await OnPausingAsync();
        if (!ShouldPause || IsCancelled)
        {
            return;
        }

        JobStatus status = Status;
        MoveTo(status == JobStatus.Ready ? JobStatus.Standby : JobStatus.Paused);
        _coroutine.IsPaused = true;
        while (ShouldPause && !IsCancelled)
        {
            await _coroutine.WaitAsync(Timeout.InfiniteTimeSpan);
        }

        _coroutine.IsPaused = false;
        MoveTo(status);
    }

    /// <summary>Rests where the limit of the progress is reached and nothing is under way; passes a pause point afterwards.</summary>
    /// <returns>A task that ends when the job may look again.</returns>
    protected async ValueTask RestAtLimitAsync()
    {
        Progress.LimitReached?.Invoke();
        while (Progress.Room(0, 1) == 0 && !IsCancelled && !ShouldPause)
        {
            await _coroutine.WaitAsync(Timeout.InfiniteTimeSpan);
        }

        await PausePointAsync();
    }

    private void Launch()
    {
        _coroutine.Begin();
        MoveTo(JobStatus.Running);
        MainTurns.RunOutside(
            static job => job.Manager.Context.Loop.RunWithSlowRequests(static job => _ = job.RunToEndAsync(), job), this);
    }

    private void DismissLater()
        => Manager.Context.Turns.Fire(() => AutoDismiss && Status == JobStatus.Concluded ? DismissAsync() : ValueTask.CompletedTask);

    // A defect in one of the hooks is told, and keeps no node: the job is gone afterwards, whatever happens here.
    private async ValueTask EndWorkAsync()
    {
        try
        {
            if (HasFailed)
            {
                OnAbort();
            }
            else
            {
                OnCommit();
            }
        }
        catch (Exception e)
        {
            Manager.Context.Loop.Report(e);
        }

        try
        {
            await CleanAsync();
        }
        catch (Exception e)
        {
            Manager.Context.Loop.Report(e);
        }
    }

    private async Task RunToEndAsync()
    {
        try
        {
            TryHold(JobHoldPoint.Running, null);
            await PausePointAsync();
            await RunAsync();
        }
        catch (BlockIOException e)
        {
            Fail(e.Errno.Describe());
        }
        catch (QmpException e)
        {
            Fail(e.Message);
        }
        catch (Exception e)
        {
            Fail(Errno.EIO.Describe());
            Manager.Context.Loop.Report(e);
        }

        HasFinishedRunning = true;
        _coroutine.End();
        if (TryHold(JobHoldPoint.Waiting, static job => job.Manager.Defer(job)))
        {
            // Drained sections do not wait for a job that a test holds.
            _coroutine.Rest();
            OnIdle();
            return;
        }

        Manager.Defer(this);
    }
}
