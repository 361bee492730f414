using System.Xml.Linq;
using NUnit.Framework;
using QmpHost.Control.Gates;
using QmpHost.Control.Pictures;

namespace QmpHost.Control.Tests;

/// <summary>Pictures of graphs.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class GraphPictureTests
{
    [Test]
    public async Task A_running_backup_is_drawn_with_its_filter_bitmaps_and_job()
    {
        await using ControlledHost host = await ControlledHost.StartAsync();
        await host.AddDisksAsync();
        await host.ExecuteAsync("block-dirty-bitmap-add", "{'node':'disk','name':'changes'}");
        Gate gate = await host.Control.Gates.HoldJobAtPercentAsync("job", 50);
        await host.BackUpAsync(",'filter-node-name':'filter'");
        await gate.WaitAsync().WaitAsync(ControlledHost.Patience);

        GraphSnapshot graph = await GraphSnapshot.TakeAsync(host.Host);
        GraphSnapshot overQmp = await GraphSnapshot.TakeAsync(host.Client);
        string text = GraphPicture.Draw(graph, "text");

        Assert.That(text, Does.Contain("job job (backup, running)").And.Contain("524288 of 1048576").And.Contain("bitmap changes: 0 dirty, recording"));
        Assert.That(text, Does.Contain("filter (copy-before-write)"));
        Assert.That(GraphPicture.Draw(overQmp, "text"), Is.EqualTo(text));
        Assert.That(GraphPicture.Draw(graph, "dot"), Does.StartWith("digraph").And.Contain("shape=ellipse"));
        Assert.That(GraphPicture.Draw(graph, "mermaid"), Does.StartWith("flowchart TD").And.Contain("-->"));
        Assert.That(XDocument.Parse(GraphPicture.Draw(graph, "svg")).Descendants().Count(static e => e.Name.LocalName == "rect"), Is.EqualTo(graph.Vertices.Count));
    }

    [Test]
    public void An_empty_graph_is_a_picture_too()
    {
        foreach (string format in GraphPicture.Formats)
        {
            Assert.That(() => GraphPicture.Draw(new GraphSnapshot([], []), format), Throws.Nothing);
        }

        Assert.That(() => GraphPicture.Draw(new GraphSnapshot([], []), "png"), Throws.ArgumentException);
    }

    [Test]
    public void A_graph_with_a_cycle_is_drawn()
    {
        var graph = new GraphSnapshot(
            [new(1, VertexKind.Node, "a", []), new(2, VertexKind.Node, "b", [])], [new(1, 2, "file", "r", "rw"), new(2, 1, "file", "r", "rw")]);

        Assert.That(() => GraphPicture.Draw(graph, "svg"), Throws.Nothing);
    }
}
