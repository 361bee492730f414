using QmpHost.Block.Bitmaps;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Nbd.Exports;

/// <summary>The dirty bitmaps of one export: found by name, and busy as long as the export is there.</summary>
/// <remarks>Used on the host's loop only.</remarks>
internal sealed class ExportBitmaps
{
    private readonly BlockGraph _graph;
    private readonly List<(DirtyBitmap Bitmap, BlockNode Node)> _bitmaps = [];

    private ExportBitmaps(BlockGraph graph) => _graph = graph;

    /// <summary>The bitmaps in the order of their contexts.</summary>
    public IReadOnlyList<DirtyBitmap> Bitmaps => [.. _bitmaps.Select(static entry => entry.Bitmap)];

    /// <summary>Finds the bitmaps of an export; nothing is claimed yet.</summary>
    /// <param name="node">The exported node.</param>
    /// <param name="writable">Whether clients may write.</param>
    /// <param name="names">What the options name: a bitmap of the node's chain, or one of any node.</param>
    /// <returns>The bitmaps.</returns>
    /// <exception cref="QmpException">One is missing or cannot be used.</exception>
    public static ExportBitmaps Find(BlockNode node, bool writable, IReadOnlyList<BlockDirtyBitmapOrStr> names)
    {
        var found = new ExportBitmaps(node.Graph);
        foreach (BlockDirtyBitmapOrStr name in names)
        {
            (DirtyBitmap bitmap, BlockNode owner) = name is BlockDirtyBitmapOrStr.External { Value: var external }
                ? FindOf(node.Graph, external)
                : FindInChain(node, ((BlockDirtyBitmapOrStr.Local)name).Value, writable);
            bitmap.Check(DirtyBitmapChecks.AllowReadOnly);
            found._bitmaps.Add((bitmap, owner));
        }

        return found;
    }

    /// <summary>Makes the bitmaps busy, and their nodes stay.</summary>
    public void Claim()
    {
        foreach ((DirtyBitmap bitmap, BlockNode node) in _bitmaps)
        {
            _graph.Ref(node);
            bitmap.IsBusy = true;
        }
    }

    /// <summary>Gives the bitmaps back.</summary>
    /// <returns>A task that ends when nodes that nobody else uses are closed.</returns>
    public async ValueTask ReleaseAsync()
    {
        foreach ((DirtyBitmap bitmap, BlockNode node) in _bitmaps)
        {
            bitmap.IsBusy = false;
            await _graph.UnrefAsync(node);
        }

        _bitmaps.Clear();
    }

    private static (DirtyBitmap Bitmap, BlockNode Node) FindOf(BlockGraph graph, BlockDirtyBitmap name)
    {
        BlockNode node = graph.FindNode(name.Node) ?? throw new QmpException($"Node '{name.Node}' not found");
        return (node.Bitmaps.Get(name.Name), node);
    }

    private static (DirtyBitmap Bitmap, BlockNode Node) FindInChain(BlockNode top, string name, bool writable)
    {
        for (BlockNode? node = top; node is not null; node = (node.FilteredChild ?? node.CowChild)?.Node)
        {
            if (node.Bitmaps.Find(name) is { } bitmap)
            {
                // What changes while it is looked at would be of no use to a client that cannot change anything itself.
                return !writable && node.IsWritable && bitmap.IsEnabled
                    ? throw new QmpException($"Enabled bitmap '{name}' incompatible with readonly export")
                    : (bitmap, node);
            }
        }

        throw new QmpException($"Bitmap '{name}' is not found");
    }
}
