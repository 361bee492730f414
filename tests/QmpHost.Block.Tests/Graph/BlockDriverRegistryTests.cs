using NUnit.Framework;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Graph;

public sealed class BlockDriverRegistryTests
{
    [Test]
    public void A_driver_is_named_like_its_schema_value()
    {
        using var layer = new TestLayer();
        foreach (BlockDriverDescriptor driver in layer.Graph.Drivers.All)
        {
            Assert.That(driver.SchemaValue?.ToWire() ?? driver.Name, Is.EqualTo(driver.Name));
        }
    }

    [Test]
    public void A_filter_that_only_jobs_insert_is_not_found_by_clients()
    {
        var registry = new BlockDriverRegistry(VersionProfile.Default);
        registry.Register(new BlockDriverDescriptor { Name = "top", Make = static _ => throw new NotSupportedException(), IsFilter = true });
        Assert.That(registry.All.Select(static driver => driver.Name), Is.EqualTo(new[] { "top" }));
        Assert.That(registry.Names, Is.Empty);
        Assert.That(registry.Find("top"), Is.Null);
    }

    [Test]
    public void A_driver_takes_the_place_of_one_of_the_same_name()
    {
        using var layer = new TestLayer();
        BlockDriverDescriptor raw = layer.Graph.Drivers.Find(BlockdevDriver.Raw)!;
        BlockDriverDescriptor other = raw with { IsStrongOption = static _ => false };
        layer.Graph.Drivers.Register(other);
        Assert.That(layer.Graph.Drivers.Find("raw"), Is.SameAs(other));
        Assert.That(layer.Graph.Drivers.Names.Count(static name => name == "raw"), Is.EqualTo(1));
    }
}
