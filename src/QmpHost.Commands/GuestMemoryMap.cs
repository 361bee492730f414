using QmpHost.Commands.Hosting;
using QmpHost.Machine.Boards;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>Where a host's machine has memory, what was plugged in included.</summary>
internal static class GuestMemoryMap
{
    /// <summary>Where a machine has memory.</summary>
    /// <param name="host">The host.</param>
    public static GuestMemory Of(HostServices host) => new(
        host.Board,
        host.Machine.MemorySize,
        host.Layer.Profile,
        (host.Devices?.ListMemory() ?? []).Select(static device => device.Branch switch
        {
            PCDIMMDeviceInfoWrapper { Data: var module } => ((ulong)module.Addr, (ulong)module.Size),
            VirtioPMEMDeviceInfoWrapper { Data: var memory } => (memory.Memaddr, memory.Size),
            VirtioMEMDeviceInfoWrapper { Data: var memory } => (memory.Memaddr, memory.Size),
            _ => (0UL, 0UL),
        }));
}
