using QmpHost.Commands.Hosting;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>How a machine is reset and shut down, by a client or by its guest, and what -action, -no-reboot and -no-shutdown make of it.</summary>
internal static class MachineLife
{
    /// <summary>Resets the machine, or shuts it down where that is what a reset does.</summary>
    /// <param name="host">The host.</param>
    /// <param name="cause">Why.</param>
    /// <param name="byGuest">Whether the guest asked for it.</param>
    /// <returns>A task that ends when it is done.</returns>
    public static async ValueTask ResetAsync(HostServices host, ShutdownCause cause, bool byGuest = false)
    {
        if (host.Actions.Reboot == RebootAction.Shutdown)
        {
            await ShutDownAsync(host, cause, byGuest);
            return;
        }

        host.RunState.Reset(cause, byGuest);
        if (host.Devices is { } devices)
        {
            await devices.ResetAsync();
        }
    }

    /// <summary>Shuts the machine down: the program ends, or only the guest stops where the program is to stay.</summary>
    /// <param name="host">The host.</param>
    /// <param name="cause">Why.</param>
    /// <param name="byGuest">Whether the guest asked for it.</param>
    /// <returns>A task that ends when it is done.</returns>
    public static async ValueTask ShutDownAsync(HostServices host, ShutdownCause cause, bool byGuest)
    {
        if (host.Actions.Shutdown == ShutdownAction.Pause)
        {
            host.RunState.Shutdown(cause, byGuest);
            await GuestStop.StopAsync(host, RunState.Shutdown);
        }
        else if (host.Shutdown.TryRequest(cause))
        {
            host.RunState.Shutdown(cause, byGuest);
            await host.CloseImagesAsync();
        }
    }
}
