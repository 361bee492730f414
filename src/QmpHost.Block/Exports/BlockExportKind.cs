using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Exports;

/// <summary>A kind of exports: a protocol by which clients outside of the host use nodes. One instance per host.</summary>
/// <remarks>Used on the host's loop only.</remarks>
public abstract class BlockExportKind
{
    /// <summary>The kind's value of the schema.</summary>
    public abstract BlockExportType Type { get; }

    /// <summary>What messages call it that say that its exports run in one thread only; null for one whose exports run in several.</summary>
    public abstract string? SingleThreadedName { get; }

    /// <summary>Fails where what the kind's exports are served by is not there, which is told before anything of threads.</summary>
    /// <exception cref="QmpException">It is not there.</exception>
    public virtual void RequireServer()
    {
    }

    /// <summary>Makes an export, which clients can find from then on.</summary>
    /// <param name="options">The options, whose branch is this kind's.</param>
    /// <param name="backend">The export's place in the graph, with what all exports use and share.</param>
    /// <exception cref="QmpException">It cannot be made; nothing is left behind but the backend.</exception>
    /// <returns>A task with the export.</returns>
    public abstract ValueTask<BlockExport> CreateAsync(BlockExportOptions options, BlockBackend backend);

    /// <summary>Ends what serves the exports, which are gone, for the end of the host. In a main turn.</summary>
    /// <returns>A task that ends when they are gone.</returns>
    public virtual ValueTask CloseAsync() => ValueTask.CompletedTask;
}
