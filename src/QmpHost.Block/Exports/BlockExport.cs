using System.Diagnostics;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Exports;

/// <summary>A block export of a host: a node that clients outside of it can use. What the clients speak is the kind's.</summary>
/// <remarks>Used on the host's loop only.</remarks>
[DebuggerDisplay("{Id,nq} ({Kind.Type}, {State})")]
public abstract class BlockExport
{
    /// <summary>Makes an export.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="id">Its id.</param>
    /// <param name="backend">Its place in the graph.</param>
    protected BlockExport(BlockExportKind kind, string id, BlockBackend backend)
    {
        Kind = kind;
        Id = id;
        Backend = backend;
    }

    /// <summary>The export's kind.</summary>
    public BlockExportKind Kind { get; }

    /// <summary>The export's id.</summary>
    public string Id { get; }

    /// <summary>The export's place in the graph.</summary>
    public BlockBackend Backend { get; }

    /// <summary>How far it is in its life.</summary>
    public BlockExportState State { get; private set; }

    /// <summary>Whether any client uses it.</summary>
    public abstract bool HasClients { get; }

    /// <summary>When a client was last heard of, comparable with the time of other exports; 0 without clients.</summary>
    public abstract long LastReceived { get; }

    /// <summary>The iothread that it runs in, or null for the main loop. Remembered for its rules only: there is one loop.</summary>
    internal string? IOThread { get; set; }

    /// <summary>Whether the iothread must stay as it is.</summary>
    internal bool HasFixedIOThread { get; set; }

    /// <summary>Ends the connections of all clients without waiting for it.</summary>
    public abstract void AbortClients();

    /// <summary>Ends the connections of all clients and waits until their requests are finished. No main turn's work.</summary>
    /// <returns>A task that ends when no client is left.</returns>
    public abstract Task EndClientsAsync();

    /// <summary>Gives back what the kind took beside the backend, which has left the graph. In a main turn.</summary>
    /// <returns>A task that ends when it is given back.</returns>
    public virtual ValueTask ReleaseAsync() => ValueTask.CompletedTask;

    /// <summary>Describes the export as query-block-exports shows it.</summary>
    /// <returns>The description.</returns>
    public BlockExportInfo Describe() => new()
    {
        Id = Id,
        Type = Kind.Type,
        NodeName = Backend.Node.NodeName,
        ShuttingDown = State != BlockExportState.Running,
    };

    /// <summary>Goes on to a later stage; staying at it is no step.</summary>
    /// <exception cref="InvalidOperationException">The stage lies behind, or one is skipped.</exception>
    internal void Advance(BlockExportState next)
    {
        if (next != State && next != State + 1)
        {
            throw new InvalidOperationException($"The export '{Id}' is {State} and cannot become {next}.");
        }

        State = next;
    }
}
