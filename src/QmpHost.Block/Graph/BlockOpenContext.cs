using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>What a driver gets to open its node: options, flags and the means to open or reference children.</summary>
public sealed class BlockOpenContext
{
    internal BlockOpenContext(BlockNode node, BlockdevOptions options, bool readOnly)
    {
        Node = node;
        Options = options;
        ReadOnly = readOnly;
    }

    /// <summary>The node that is being opened.</summary>
    public BlockNode Node { get; }

    /// <summary>The common options; <see cref="BlockdevOptions.Branch"/> holds the driver's.</summary>
    public BlockdevOptions Options { get; }

    /// <summary>Whether the node is opened read-only.</summary>
    public bool ReadOnly { get; set; }

    /// <summary>Opens an inline definition, or references a node by name, and attaches it as a child.</summary>
    /// <param name="reference">The definition or name.</param>
    /// <param name="childName">The edge's name.</param>
    /// <param name="role">What the child is to this node.</param>
    /// <exception cref="Qapi.QmpException">The child could not be opened or attached.</exception>
    /// <returns>The edge.</returns>
    public ValueTask<BlockChild> OpenChildAsync(BlockdevRef reference, string childName, ChildRole role)
        => throw new NotImplementedException();

    /// <summary>Opens the backing file that an image header names (relative to the image), if the options do not decide it.</summary>
    /// <param name="backingFile">The name in the header.</param>
    /// <param name="backingFormat">The format in the header, or null for probing.</param>
    /// <returns>The edge.</returns>
    public ValueTask<BlockChild> OpenBackingFileAsync(string backingFile, string? backingFormat) => throw new NotImplementedException();
}
