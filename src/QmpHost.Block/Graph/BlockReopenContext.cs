using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>What a driver gets to reopen its node with other options (blockdev-reopen).</summary>
public sealed class BlockReopenContext
{
    internal BlockReopenContext(BlockNode node, BlockdevOptions options, NodeFlags flags)
    {
        Node = node;
        Options = options;
        Flags = flags;
        BecomesReadOnly = flags.ReadOnly && !node.ReadOnly;
        BecomesWritable = !flags.ReadOnly && node.ReadOnly;
    }

    /// <summary>The node, drained and flushed, with the options that it has until now.</summary>
    public BlockNode Node { get; }

    /// <summary>The new options. Where they are another driver's, or change what must stay, the command fails after the preparation.</summary>
    public BlockdevOptions Options { get; }

    /// <summary>Whether the node is to be read-only.</summary>
    public bool ReadOnly => Flags.ReadOnly;

    /// <summary>Whether the driver may open its file for writing only when somebody writes.</summary>
    public bool AutoReadOnly => Flags.AutoReadOnly;

    /// <summary>Whether the host's page cache is to be bypassed.</summary>
    public bool Direct => Flags.Direct;

    /// <summary>Whether discards are to reach the driver.</summary>
    public bool Unmap => Flags.Unmap;

    /// <summary>Whether a node that can be written to is to be no longer.</summary>
    public bool BecomesReadOnly { get; }

    /// <summary>Whether a node that was read-only is to be written to.</summary>
    public bool BecomesWritable { get; }

    internal NodeFlags Flags { get; }
}
