using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Running;

/// <summary>What is done when the guest does something: set-action, and the options for it. Used on the host's event loop only.</summary>
public sealed class MachineActions
{
    /// <summary>What a reset by the guest does.</summary>
    public RebootAction Reboot { get; set; } = RebootAction.Reset;

    /// <summary>What a shutdown does.</summary>
    public ShutdownAction Shutdown { get; set; } = ShutdownAction.Poweroff;

    /// <summary>What a panic of the guest does.</summary>
    public PanicAction Panic { get; set; } = PanicAction.Shutdown;

    /// <summary>What a watchdog does.</summary>
    public WatchdogAction Watchdog { get; set; } = WatchdogAction.Reset;
}
