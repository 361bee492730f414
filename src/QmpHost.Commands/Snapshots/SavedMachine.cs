using QmpHost.Commands.Hosting;

namespace QmpHost.Commands.Snapshots;

/// <summary>A machine that begins as one that was saved inside its disks' images.</summary>
public static class SavedMachine
{
    /// <summary>Makes a machine that has not run yet what it was when it was saved. Runs in a main turn.</summary>
    /// <param name="host">The host.</param>
    /// <param name="name">The snapshot's name.</param>
    /// <param name="tell">Told what is wrong with a saved state.</param>
    /// <returns>A task that ends when it is loaded.</returns>
    /// <exception cref="Qapi.QmpException">There is no such snapshot, or it is another machine's.</exception>
    public static ValueTask LoadAsync(HostServices host, string name, Action<string> tell)
        => new MachineSnapshots(host).ApplyAsync(name, SnapshotScope.Machine, tell);
}
