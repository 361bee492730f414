using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers;

/// <summary>The node that a new image is written to, held for writing.</summary>
internal sealed class ImageTarget : IAsyncDisposable
{
    private readonly BlockBackend _backend;

    private ImageTarget(BlockBackend backend) => _backend = backend;

    /// <summary>The edge that leads to the node.</summary>
    public BlockChild Child => _backend.Child;

    /// <summary>Opens a definition, or finds a node, and takes it for writing.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="reference">The definition or name.</param>
    /// <exception cref="QmpException">It cannot be had.</exception>
    public static async ValueTask<ImageTarget> OpenAsync(BlockGraph graph, BlockdevRef reference)
    {
        BlockNode node;
        if (reference is BlockdevRef.Reference { Value: var name })
        {
            node = graph.LookUp(name);
            graph.Ref(node);
        }
        else
        {
            try
            {
                node = await graph.OpenAsync(((BlockdevRef.Definition)reference).Value);
            }
            finally
            {
                // Opening an image takes time, whether it succeeds or not: the client has its answer before the outcome.
                await graph.Context.Loop.YieldAsync();
            }
        }

        try
        {
            var backend = new BlockBackend(graph, "", BlockPermissions.Write | BlockPermissions.Resize, BlockPermissions.All);
            backend.Insert(node);
            await graph.Context.Loop.YieldAsync();
            return new ImageTarget(backend);
        }
        finally
        {
            await graph.UnrefAsync(node);
        }
    }

    /// <summary>Writes, with QEMU's words for a failure.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">What to write.</param>
    /// <param name="failure">What the message begins with; none for the error alone.</param>
    /// <exception cref="QmpException">It failed.</exception>
    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> bytes, string? failure = null)
    {
        try
        {
            await Child.WriteAsync(offset, bytes);
        }
        catch (BlockIOException e)
        {
            throw new QmpException(failure is null ? e.Message : $"{failure}: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _backend.RemoveAsync();
}
