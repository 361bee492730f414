using NUnit.Framework;
using QmpHost.Block.Bitmaps;
using QmpHost.Block.Graph;
using QmpHost.Block.Tests.Jobs;
using QmpHost.Block.Transactions;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Transactions;

/// <summary>Steps on bitmaps whose node goes away before the transaction ends.</summary>
[TestFixture]
public sealed class BitmapStepTests
{
    [Test]
    public void A_node_that_is_given_up_meanwhile_stays_until_the_step_is_cleaned([Values] bool remove) => JobHost.Run(async host =>
    {
        BlockGraph graph = host.Layer.Graph;
        BlockNode node = await graph.OpenAsync(new BlockdevOptions.NullCo { NodeName = "n", Size = 1 << 20 });
        if (remove)
        {
            await DirtyBitmapOperations.AddAsync(node.Bitmaps, new DirtyBitmapAddition("b", null, false, false));
        }

        var step = new BitmapStep(step => ChangeAsync(step.Hold(node), remove));
        await step.PrepareAsync();
        await graph.UnrefAsync(node);

        await step.AbortAsync();
        await step.CleanAsync();

        Assert.That(graph.FindNode("n"), Is.Null);
    });

    private static ValueTask<DirtyBitmapChange> ChangeAsync(DirtyBitmapList bitmaps, bool remove)
        => remove
            ? ValueTask.FromResult(DirtyBitmapOperations.Remove(bitmaps, "b"))
            : DirtyBitmapOperations.AddAsync(bitmaps, new DirtyBitmapAddition("b", null, false, false));
}
