using QmpHost.Block.Core;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Snapshots;

/// <summary>Snapshots that an image holds itself, with the state of a machine beside its disk.</summary>
/// <remarks>
/// Nobody uses the disk while a method runs: the node is drained. Failures are <see cref="BlockIOException"/>, or
/// <see cref="Qapi.QmpException"/> where QEMU says more than why.
/// </remarks>
public interface IInternalSnapshots
{
    /// <summary>The snapshots, in the order of the image.</summary>
    /// <exception cref="BlockIOException">ENOTSUP: this image cannot have any.</exception>
    /// <returns>The snapshots.</returns>
    IReadOnlyList<SnapshotInfo> List();

    /// <summary>Takes a snapshot of the disk as it is, and of the machine's state as far as it was written.</summary>
    /// <param name="snapshot">Its name, times and the size of the machine's state; the id is ignored, the image gives one.</param>
    /// <returns>The snapshot with its id.</returns>
    ValueTask<SnapshotInfo> CreateAsync(SnapshotInfo snapshot);

    /// <summary>Makes the disk what it was when a snapshot was taken; the machine's state can be read afterwards.</summary>
    /// <param name="id">The snapshot's id.</param>
    /// <returns>A task that ends when the disk has these contents.</returns>
    ValueTask ApplyAsync(string id);

    /// <summary>Deletes a snapshot.</summary>
    /// <param name="id">The snapshot's id.</param>
    /// <returns>A task that ends when it is gone.</returns>
    ValueTask DeleteAsync(string id);

    /// <summary>Reads the machine's state.</summary>
    /// <param name="position">Where in the state, in bytes.</param>
    /// <param name="buffer">Filled completely; with zeroes where nothing was written.</param>
    /// <returns>A task that ends with the read.</returns>
    ValueTask ReadVmStateAsync(long position, Memory<byte> buffer);

    /// <summary>Writes the state of a machine, for the next snapshot that is taken.</summary>
    /// <param name="position">Where in the state, in bytes.</param>
    /// <param name="buffer">What to write.</param>
    /// <returns>A task that ends with the write.</returns>
    ValueTask WriteVmStateAsync(long position, ReadOnlyMemory<byte> buffer);
}
