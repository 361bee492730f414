using QmpHost.Qapi;

namespace QmpHost.Machine.Boards;

/// <summary>What a command line says of the parts of a machine that are kept and shown, but never run. Immutable.</summary>
public sealed record MachineConfiguration
{
    /// <summary>The size of the memory in bytes.</summary>
    public ulong MemorySize { get; init; }

    /// <summary>Whether somebody has asked for this size.</summary>
    public bool HasGivenSize { get; init; }

    /// <summary>The size in bytes that the memory may grow to; 0 where it may not.</summary>
    public ulong MaxMemorySize { get; init; }

    /// <summary>How many sockets there are for memory modules.</summary>
    public int MemorySlots { get; init; }

    /// <summary>Whether modules can be plugged in, which brings a memory node that all processors belong to.</summary>
    public bool CanGrow => MaxMemorySize > 0 && MemorySlots > 0;

    /// <summary>The memory nodes that the command line makes; empty for none.</summary>
    public IReadOnlyList<NumaNode> Nodes { get; init; } = [];

    /// <summary>How many memory nodes there are: one for all where modules can be plugged in and nobody says otherwise.</summary>
    public int NodeCount => Nodes.Count > 0 ? Nodes.Count : CanGrow ? 1 : 0;

    /// <summary>The memory node of a processor, or null where there are none.</summary>
    /// <param name="index">The processor's place.</param>
    public int? NodeOf(int index)
    {
        if (NodeCount == 0)
        {
            return null;
        }

        for (int node = 0; node < Nodes.Count; node++)
        {
            if (Nodes[node].Processors.Contains(index))
            {
                return node;
            }
        }

        return Nodes.Any(static node => node.Processors.Count > 0) ? 0 : Topology.PlaceOf(index).Socket % NodeCount;
    }

    /// <summary>Whether modules may be persistent memory.</summary>
    public bool HasPersistentMemory { get; init; }

    /// <summary>The id of the object that is the memory, or null where the board makes its own.</summary>
    public string? MemoryBackend { get; init; }

    /// <summary>How many processors there are and could be.</summary>
    public CpuTopology Topology { get; init; } = new();

    /// <summary>The model of the processors, or null for the board's own.</summary>
    public string? CpuModel { get; init; }

    /// <summary>What the processors are to have or to lack beyond their model, by the names of their properties.</summary>
    public QDict CpuFeatures { get; init; } = new();

    /// <summary>Whether the machine waits for one that comes from elsewhere (-incoming).</summary>
    public bool WaitsForMigration { get; init; }
}
