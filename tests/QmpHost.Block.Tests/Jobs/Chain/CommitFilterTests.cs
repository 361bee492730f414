using NUnit.Framework;
using QmpHost.Block.Graph;
using QmpHost.Block.Jobs.Commit;
using QmpHost.Block.Tests.Drivers.Qcow2;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Jobs.Chain;

/// <summary>What nodes above the filter of a commit can do.</summary>
[TestFixture]
internal sealed class CommitFilterTests
{
    private const int Size = 256 << 10;

    [Test]
    public void A_node_above_the_filter_cannot_be_resized() => Qcow2Host.Run(async host =>
    {
        await host.CreateAsync("top", Size);
        await host.Graph.AddMonitorNodeAsync(Qcow2Host.Qcow2Options("top"));
        await host.Graph.AddMonitorNodeAsync(new BlockdevOptions.Raw
        {
            NodeName = "above",
            File = new BlockdevRef.Reference("n-top"),
        });
        await host.Graph.InsertFilterAsync(host.Graph.FindNode("n-top")!, "backing", new CommitTopDriver(), null);

        QmpException? error = Assert.ThrowsAsync<QmpException>(async () => await BlockResize.RunAsync(host.Graph, null, "above", 2 * Size));

        Assert.That(error!.Message, Is.EqualTo("Failed to resize image: Operation not permitted"));
        Assert.That(host.Graph.FindNode("n-top")!.Length, Is.EqualTo(Size));
    });
}
