namespace QmpHost.Machine.Boards;

/// <summary>A memory node of a machine: a part of its memory, and the processors near to it. Immutable.</summary>
/// <param name="Backend">The id of the object that is the memory, or null where the node has none or the board makes it.</param>
/// <param name="Size">How many bytes it has of the board's own memory.</param>
/// <param name="Processors">The places of processors that were put into it; empty where the board decides.</param>
public sealed record NumaNode(string? Backend, ulong Size, IReadOnlyList<int> Processors);
