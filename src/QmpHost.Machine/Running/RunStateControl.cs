using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Running;

/// <summary>Whether the (absent) guest runs: what stop, cont and query-status show.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
/// <param name="events">Where STOP, RESUME and SHUTDOWN go.</param>
/// <param name="initial">The state that the host starts in: prelaunch with option -S, running without.</param>
public sealed class RunStateControl(IQapiEventSink events, RunState initial)
{
    /// <summary>Raised when the guest goes on.</summary>
    public event Action? Resumed;

    /// <summary>The state.</summary>
    public RunState State { get; private set; } = initial;

    /// <summary>Whether the guest runs.</summary>
    public bool IsRunning => State == RunState.Running;

    /// <summary>The state as the human monitor shows it.</summary>
    /// <returns>"running", "paused" or "paused (prelaunch)".</returns>
    public string Describe() => State switch
    {
        RunState.Running => "running",
        RunState.Paused => "paused",
        _ => $"paused ({State.ToWire()})",
    };

    /// <summary>Whether the machine runs as soon as it has come from elsewhere (without option -S, and after cont).</summary>
    public bool RunsOnArrival { get; set; }

    /// <summary>Whether only a reset makes the machine run again.</summary>
    public bool NeedsReset => State is RunState.Shutdown or RunState.InternalError;

    /// <summary>Starts or continues; nothing happens when running already.</summary>
    public void Resume()
    {
        if (IsRunning)
        {
            return;
        }

        State = RunState.Running;
        events.Emit(new ResumeEvent());
        Resumed?.Invoke();
    }

    /// <summary>Stops because a request of the guest failed, until somebody resumes; nothing happens when not running.</summary>
    public void StopOnError() => Stop(RunState.IoError);

    /// <summary>Pauses; nothing happens when not running.</summary>
    /// <param name="state">Why.</param>
    public void Stop(RunState state = RunState.Paused)
    {
        if (!IsRunning)
        {
            return;
        }

        State = state;
        events.Emit(new StopEvent());
    }

    /// <summary>Goes over to a state in which the guest does not run, from any other.</summary>
    /// <param name="state">The state.</param>
    public void Enter(RunState state)
    {
        Stop(state);
        State = state;
    }

    /// <summary>How often the machine was reset.</summary>
    public int Resets { get; private set; }

    /// <summary>Announces a reset; a guest that does not run is then as one that never ran.</summary>
    /// <param name="cause">Why the machine is reset.</param>
    /// <param name="byGuest">Whether the guest asked for it.</param>
    public void Reset(ShutdownCause cause, bool byGuest = false)
    {
        Resets++;
        if (!IsRunning && State is not (RunState.Inmigrate or RunState.FinishMigrate))
        {
            State = RunState.Prelaunch;
        }

        events.Emit(new ResetEvent { Guest = byGuest, Reason = cause });
    }

    /// <summary>Announces that the guest is asked to shut down.</summary>
    public void PowerDown() => events.Emit(new PowerdownEvent());

    /// <summary>Announces the end.</summary>
    /// <param name="cause">Why the host ends.</param>
    /// <param name="byGuest">Whether the guest asked for it.</param>
    public void Shutdown(ShutdownCause cause, bool byGuest = false)
        => events.Emit(new ShutdownEvent { Guest = byGuest, Reason = cause });
}
