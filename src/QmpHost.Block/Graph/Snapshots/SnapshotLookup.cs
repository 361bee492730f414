using QmpHost.Block.Core;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Snapshots;

/// <summary>Lists and finds snapshots for commands.</summary>
public static class SnapshotLookup
{
    /// <summary>The snapshots of a disk.</summary>
    /// <param name="snapshots">Where they are kept.</param>
    /// <exception cref="QmpException">"Failed to get a snapshot list: ...".</exception>
    /// <returns>The snapshots.</returns>
    public static IReadOnlyList<SnapshotInfo> List(IInternalSnapshots? snapshots)
    {
        try
        {
            return snapshots is null ? throw new BlockIOException(Errno.ENOTSUP) : snapshots.List();
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Failed to get a snapshot list: {e.Message}", e);
        }
    }

    /// <summary>Finds a snapshot by its id, its name or both.</summary>
    /// <param name="snapshots">Where they are kept.</param>
    /// <param name="id">The id, or null for any.</param>
    /// <param name="name">The name, or null for any.</param>
    /// <exception cref="QmpException">They cannot be listed.</exception>
    /// <returns>The first that fits, or null.</returns>
    public static SnapshotInfo? Find(IInternalSnapshots? snapshots, string? id, string? name)
        => List(snapshots).FirstOrDefault(snapshot => (id is null || snapshot.Id == id) && (name is null || snapshot.Name == name));
}
