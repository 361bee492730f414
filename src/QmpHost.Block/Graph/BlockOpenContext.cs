using QmpHost.Block.Graph.Filenames;
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

    /// <summary>Whether the node is opened read-only; a driver may set it where its image allows nothing else.</summary>
    public bool ReadOnly
    {
        get;
        set
        {
            field = value;
            Node.ReadOnly = value;
        }
    }

    /// <summary>Whether the driver may fall back to read-only where it cannot write.</summary>
    public bool AutoReadOnly => Node.Flags.AutoReadOnly;

    /// <summary>Whether the host's page cache is to be bypassed.</summary>
    public bool Direct => Node.Flags.Direct;

    /// <summary>Whether it is the driver's own code that opens, and not yet, or no longer, what is done for every driver.</summary>
    internal bool IsInDriver { get; set; }

    /// <summary>Whether a child is open and its edge is being made: what fails then is no failure of its opening.</summary>
    internal bool IsAttaching { get; private set; }

    /// <summary>Opens a child whose role the driver's table names.</summary>
    /// <param name="reference">The definition or name.</param>
    /// <param name="childName">The edge's name.</param>
    /// <exception cref="Qapi.QmpException">The child could not be opened or attached.</exception>
    /// <returns>The edge.</returns>
    public ValueTask<BlockChild> OpenChildAsync(BlockdevRef reference, string childName)
        => OpenChildAsync(reference, childName, Node.Driver.Descriptor.Children[childName]);

    /// <summary>Opens an inline definition, or references a node by name, and attaches it as a child.</summary>
    /// <param name="reference">The definition or name.</param>
    /// <param name="childName">The edge's name.</param>
    /// <param name="role">What the child is to this node.</param>
    /// <exception cref="Qapi.QmpException">The child could not be opened or attached.</exception>
    /// <returns>The edge.</returns>
    public async ValueTask<BlockChild> OpenChildAsync(BlockdevRef reference, string childName, ChildRole role)
    {
        BlockGraph graph = Node.Graph;
        bool isFile = childName == "file";
        if (!isFile)
        {
            // The "file" child comes before everything that concerns the node itself: errors show it.
            Node.Flags.Check();
            graph.Register(Node);
        }

        if ((role & ChildRole.Cow) != 0)
        {
            IsInDriver = false;
        }

        BlockNode child;
        if (reference is BlockdevRef.Reference { Value: var name })
        {
            child = graph.LookUp(name);
            graph.Ref(child);
        }
        else
        {
            BlockdevOptions definition = ((BlockdevRef.Definition)reference).Value;
            child = await graph.Opener.OpenAsync(definition, Node.Flags.OfChild(definition, role), [.. Node.DefinedIn, childName]);
            child.InheritsFrom = Node;
        }

        BlockBackend? probe = null;
        try
        {
            if (isFile)
            {
                probe = Node.Flags.IsOfJob ? null : InsertProbe(child);
                Node.Flags.Check();
            }

            graph.Register(Node);
        }
        catch
        {
            // The backend is the last to let a file go that nobody else has.
            await graph.UnrefAsync(child);
            await DeleteAsync(probe);
            throw;
        }

        try
        {
            await DeleteAsync(probe);
            IsInDriver |= isFile;
            IsAttaching = true;
            BlockChild edge = graph.Attach(Node, child, childName, role, BlockPermissions.None, BlockPermissions.All);
            IsAttaching = false;
            return edge;
        }
        finally
        {
            await graph.UnrefAsync(child);
        }
    }

    // QEMU looks at a node's file through a backend of its own. Though it wants nothing, a filter that gets its first user this
    // way may have to refuse it, and its going drains the node below.
    private static BlockBackend InsertProbe(BlockNode file)
    {
        var backend = new BlockBackend(file.Graph, "", BlockPermissions.None, BlockPermissions.All);
        backend.Insert(file);
        return backend;
    }

    private static ValueTask DeleteAsync(BlockBackend? probe) => probe?.DeleteAsync() ?? ValueTask.CompletedTask;

    /// <summary>Opens the backing file that an image header names (relative to the image), if the options do not decide it.</summary>
    /// <param name="backingFile">The name in the header.</param>
    /// <param name="backingFormat">The format in the header, or null for probing.</param>
    /// <returns>The edge.</returns>
    public ValueTask<BlockChild> OpenBackingFileAsync(string backingFile, string? backingFormat)
        => BackingFileOpener.OpenAsync(this, backingFile, backingFormat);
}
