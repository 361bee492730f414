using System.Globalization;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Drain;
using QmpHost.Block.Graph.Snapshots;
using QmpHost.Commands.Hosting;
using QmpHost.Commands.Migration;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.Snapshots;

/// <summary>Snapshots of a whole machine inside its disks' images: saved, loaded and deleted while the guest stands still.</summary>
/// <remarks>Used on the host's event loop, in main turns.</remarks>
/// <param name="host">The host.</param>
internal sealed class MachineSnapshots(HostServices host)
{
    private BlockGraph Graph => host.Layer.Graph;

    /// <summary>Saves the machine.</summary>
    /// <param name="name">The snapshot's name, or null for one that tells the time.</param>
    /// <param name="scope">The disks.</param>
    /// <param name="overwrite">Whether it takes the place of one of the same name, rather than failing.</param>
    /// <exception cref="QmpException">It was not saved. The guest goes on if it ran.</exception>
    /// <returns>A task that ends when the machine is saved and the guest goes on.</returns>
    public async ValueTask SaveAsync(string? name, SnapshotScope scope, bool overwrite)
    {
        host.Migration.CheckBlockers();
        SnapshotDisks disks = SelectCapable(scope);
        if (name is not null)
        {
            await MakeRoomAsync(disks, name, overwrite);
        }

        BlockNode stateDisk = disks.FindStateDisk(scope.StateDisk);
        RunState before = host.RunState.State;
        await GuestStop.SuspendAsync(host, RunState.SaveVm);
        try
        {
            using DrainedSection drained = await Graph.DrainAllAsync();
            byte[] state = Describe(before);
            await WriteStateAsync(stateDisk, state);
            SnapshotInfo snapshot = SnapshotMoment.Describe(Graph.Context, name ?? NameOfNow(), state.Length);
            await disks.CreateAsync(snapshot, stateDisk);
        }
        finally
        {
            if (before == RunState.Running)
            {
                host.RunState.Resume();
            }
        }
    }

    /// <summary>Makes the machine what it was when it was saved.</summary>
    /// <param name="name">The snapshot's name.</param>
    /// <param name="scope">The disks.</param>
    /// <param name="tell">Told what is wrong with a saved state.</param>
    /// <exception cref="QmpException">It was not loaded. The guest stands still, and the disks may be those of the snapshot.</exception>
    /// <returns>A task that ends when the machine is loaded and the guest goes on, if it ran.</returns>
    public async ValueTask LoadAsync(string name, SnapshotScope scope, Action<string> tell)
    {
        bool ran = host.RunState.IsRunning;
        await GuestStop.SuspendAsync(host, RunState.RestoreVm);
        await ApplyAsync(name, scope, tell);
        if (ran)
        {
            host.RunState.Resume();
        }
    }

    /// <summary>Makes a machine that stands still what it was when it was saved.</summary>
    /// <param name="name">The snapshot's name.</param>
    /// <param name="scope">The disks.</param>
    /// <param name="tell">Told what is wrong with a saved state.</param>
    /// <exception cref="QmpException">It was not loaded; the disks may be those of the snapshot.</exception>
    /// <returns>A task that ends when the machine is loaded.</returns>
    public async ValueTask ApplyAsync(string name, SnapshotScope scope, Action<string> tell)
    {
        SnapshotDisks disks = SelectCapable(scope);
        if (!disks.AllHave(name))
        {
            throw new QmpException($"Snapshot '{name}' does not exist in one or more devices");
        }

        BlockNode stateDisk = disks.FindStateDisk(scope.StateDisk);
        long length = SnapshotDisks.Find(stateDisk, name)!.VmStateSize;
        if (length == 0)
        {
            throw new QmpException("This is a disk-only snapshot. Revert to it  offline using qemu-img");
        }

        using (await Graph.DrainAllAsync())
        {
            await disks.ApplyAsync(name);
        }

        await ReadStateAsync(stateDisk, length, tell);
    }

    /// <summary>Deletes a saved machine; nothing happens where there is none.</summary>
    /// <param name="name">The snapshot's name.</param>
    /// <param name="scope">The disks.</param>
    /// <exception cref="QmpException">It could not be deleted from a disk.</exception>
    /// <returns>A task that ends when no disk has it.</returns>
    public async ValueTask DeleteAsync(string name, SnapshotScope scope)
    {
        SnapshotDisks disks = SelectCapable(scope);
        using DrainedSection drained = await Graph.DrainAllAsync();
        await disks.DeleteAsync(name);
    }

    private static string NameOfNow() => string.Create(CultureInfo.InvariantCulture, $"vm-{DateTime.Now:yyyyMMddHHmmss}");

    private static async ValueTask WriteStateAsync(BlockNode disk, byte[] state)
    {
        try
        {
            await NodeSnapshots.Get(disk).WriteVmStateAsync(0, state);
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Error while writing VM state: {e.Errno.Describe()}", e);
        }
    }

    private SnapshotDisks SelectCapable(SnapshotScope scope)
    {
        var disks = SnapshotDisks.Select(Graph, scope.Disks);
        disks.EnsureCapable();
        return disks;
    }

    private async ValueTask MakeRoomAsync(SnapshotDisks disks, string name, bool overwrite)
    {
        if (overwrite)
        {
            using DrainedSection drained = await Graph.DrainAllAsync();
            await disks.DeleteAsync(name);
        }
        else if (disks.AllHave(name))
        {
            throw new QmpException($"Snapshot '{name}' already exists in one or more devices");
        }
    }

    private byte[] Describe(RunState state) => StateFormat.Write(new MachineState
    {
        Machine = host.Migration.MachineName,
        MemorySize = host.Machine.MemorySize,
        RunState = state,
    });

    // The errors are told by number, as those of the emulator are; the words are for whoever runs it.
    private async ValueTask ReadStateAsync(BlockNode disk, long length, Action<string> tell)
    {
        Errno failure;
        try
        {
            using var stream = new VmStateStream(NodeSnapshots.Get(disk), length);
            MachineState state = await StateFormat.ReadAsync(stream, host.Migration.CheckMachine, CancellationToken.None);
            host.Migration.CheckState(state);
            return;
        }
        catch (MigrationLoadException e)
        {
            e.Tell(tell);
            failure = Errno.EINVAL;
        }
        catch (IOException)
        {
            failure = Errno.EIO;
        }

        throw new QmpException($"Error -{(int)failure} while loading VM state");
    }
}
