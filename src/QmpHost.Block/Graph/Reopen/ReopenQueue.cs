using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Reopen;

/// <summary>
/// The nodes that get other options: those that are named, and below each the ones that were defined in its options, which
/// either get what the options say of them or keep theirs.
/// </summary>
internal sealed class ReopenQueue(BlockGraph graph)
{
    private readonly List<ReopenEntry> _entries = [];

    /// <summary>The nodes; parents before the children that belong to their options.</summary>
    public IReadOnlyList<ReopenEntry> Entries => _entries;

    /// <summary>Adds a node with what belongs to it. Options of a node that is there already replace the earlier ones.</summary>
    /// <exception cref="QmpException">No node is named, or there is none of the name.</exception>
    public void Add(BlockdevOptions options)
    {
        string name = options.NodeName ?? throw new QmpException("node-name not specified");
        BlockNode node = graph.GetNode(name);
        Add(node, options, GivenFlags.Of(options), NodeFlags.OfRoot(options), isKept: false);
    }

    /// <summary>Adds a node that keeps all its options but one.</summary>
    public void Add(BlockNode node, bool readOnly)
    {
        NodeFlags flags = node.Flags with { ReadOnly = readOnly };
        Add(node, node.Options, GivenFlags.All(flags), flags, isKept: true);
    }

    private void Add(BlockNode node, BlockdevOptions options, GivenFlags given, NodeFlags flags, bool isKept)
    {
        var entry = new ReopenEntry(node, options, flags, isKept);
        int index = _entries.FindIndex(other => other.Node == node);
        if (index >= 0)
        {
            _entries[index] = entry;
        }
        else
        {
            _entries.Add(entry);
        }

        QDict? members = isKept ? null : ReopenOptionCheck.ToDict(node, options);
        foreach (BlockChild child in node.Children)
        {
            if (child.Node.InheritsFrom == node)
            {
                AddChild(child, Find(members, child), given);
            }
        }
    }

    private void AddChild(BlockChild child, QObject? said, GivenFlags given)
    {
        BlockNode node = child.Node;
        if (said is QDict definition)
        {
            BlockdevOptions options = BlockdevOptions.Visit(new QapiInputVisitor(graph.Context.Profile), null, definition);
            GivenFlags own = given.OfChild(options, child.Role);
            bool isBacking = (child.Role & ChildRole.Cow) != 0;
            Add(node, options, own, own.Over(NodeFlags.OfRoot(options) with { Unmap = UnmapOf(options, !isBacking) }), isKept: false);
        }
        else if (said is null || (said is QString name && name.Value == node.NodeName))
        {
            NodeFlags flags = given.OfChild(node.Options, child.Role).Over(node.Flags);
            Add(node, node.Options, GivenFlags.All(flags), flags, isKept: true);
        }
    }

    private static bool UnmapOf(BlockdevOptions options, bool inherited)
        => options.Discard is { } discard ? discard == BlockdevDiscardOptions.Unmap : inherited;

    private static QObject? Find(QDict? members, BlockChild child)
        => members is not null && members.TryGetValue(child.Name, out QObject? said) ? said : null;
}
