using QmpHost.Block.Bitmaps;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The dirty bitmap commands of schema/block-core.json.</summary>
/// <param name="graph">The graph.</param>
internal sealed class BitmapCommands(BlockGraph graph)
{
    public async ValueTask AddAsync(BlockDirtyBitmapAdd arguments)
    {
        var addition = new DirtyBitmapAddition(arguments.Name, arguments.Granularity, arguments.Persistent ?? false, arguments.Disabled ?? false);
        DirtyBitmapList list = graph.LookUp(arguments.Node).Bitmaps;
        (await DirtyBitmapOperations.AddAsync(list, addition)).Commit();
    }

    public ValueTask RemoveAsync(BlockDirtyBitmap arguments)
        => DirtyBitmapOperations.RemoveAsync(ListOf(arguments.Node), arguments.Name);

    public ValueTask ClearAsync(BlockDirtyBitmap arguments)
        => Commit(DirtyBitmapOperations.Clear(ListOf(arguments.Node), arguments.Name));

    public ValueTask EnableAsync(BlockDirtyBitmap arguments)
        => Commit(DirtyBitmapOperations.Enable(ListOf(arguments.Node), arguments.Name));

    public ValueTask DisableAsync(BlockDirtyBitmap arguments)
        => Commit(DirtyBitmapOperations.Disable(ListOf(arguments.Node), arguments.Name));

    public ValueTask MergeAsync(BlockDirtyBitmapMerge arguments)
    {
        DirtyBitmapList list = ListOf(arguments.Node);
        return Commit(DirtyBitmapOperations.Merge(list, arguments.Target, DirtyBitmapLookup.Sources(graph, list, arguments.Bitmaps)));
    }

    public BlockDirtyBitmapSha256 Sha256(BlockDirtyBitmap arguments)
        => new() { Sha256 = ListOf(arguments.Node).Get(arguments.Name).Bits.Sha256() };

    private static ValueTask Commit(DirtyBitmapChange change)
    {
        change.Commit();
        return ValueTask.CompletedTask;
    }

    private DirtyBitmapList ListOf(string node) => DirtyBitmapLookup.ListOf(graph, node);
}
