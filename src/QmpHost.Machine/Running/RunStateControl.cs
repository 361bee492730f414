using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Running;

/// <summary>Whether the (absent) guest runs: what stop, cont and query-status show.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
/// <param name="events">Where STOP, RESUME and SHUTDOWN go.</param>
/// <param name="initial">The state that the host starts in: prelaunch with option -S, running without.</param>
public sealed class RunStateControl(IQapiEventSink events, RunState initial)
{
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

    /// <summary>Starts or continues; nothing happens when running already.</summary>
    public void Resume()
    {
        if (IsRunning)
        {
            return;
        }

        State = RunState.Running;
        events.Emit(new ResumeEvent());
    }

    /// <summary>Pauses; nothing happens when not running.</summary>
    public void Stop() => Stop(RunState.Paused);

    /// <summary>Stops because a request of the guest failed, until somebody resumes; nothing happens when not running.</summary>
    public void StopOnError() => Stop(RunState.IoError);

    private void Stop(RunState state)
    {
        if (!IsRunning)
        {
            return;
        }

        State = state;
        events.Emit(new StopEvent());
    }

    /// <summary>Announces a reset; a paused guest is then as one that never ran.</summary>
    /// <param name="cause">Why the machine is reset.</param>
    public void Reset(ShutdownCause cause)
    {
        if (State == RunState.Paused)
        {
            State = RunState.Prelaunch;
        }

        events.Emit(new ResetEvent { Guest = false, Reason = cause });
    }

    /// <summary>Announces that the guest is asked to shut down.</summary>
    public void PowerDown() => events.Emit(new PowerdownEvent());

    /// <summary>Announces the end.</summary>
    /// <param name="cause">Why the host ends.</param>
    public void Shutdown(ShutdownCause cause)
        => events.Emit(new ShutdownEvent { Guest = false, Reason = cause });
}
