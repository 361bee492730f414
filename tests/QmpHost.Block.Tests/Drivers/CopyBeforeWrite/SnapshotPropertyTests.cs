using System.Diagnostics;
using System.Globalization;
using CsCheck;
using NUnit.Framework;
using QmpHost.Block.Tests.Copy;

namespace QmpHost.Block.Tests.Drivers.CopyBeforeWrite;

[TestFixture]
public sealed class SnapshotPropertyTests
{
    // QMPHOST_PROPERTY_SECONDS goes on with further seeds.
    private static int Seconds
        => int.TryParse(Environment.GetEnvironmentVariable("QMPHOST_PROPERTY_SECONDS"), CultureInfo.InvariantCulture, out int value) ? value : 0;

    [Test]
    public void Every_byte_of_a_snapshot_read_is_that_of_the_frozen_disk_in_fixed_orders()
    {
        int reads = 0;
        var watch = Stopwatch.StartNew();
        for (int seed = 0; seed < 60 || watch.Elapsed.TotalSeconds < Seconds; seed++)
        {
            reads += Simulate(seed, operations: 60);
        }

        Assert.That(reads, Is.GreaterThan(400));
    }

    [Test]
    public void Every_byte_of_a_snapshot_read_is_that_of_the_frozen_disk_in_any_order()
        => Gen.Int[0, int.MaxValue].Sample(seed => Simulate(seed, operations: 40) >= 0, iter: 60);

    private static int Simulate(int seed, int operations)
    {
        int reads = 0;
        CopyHost.Run(async host =>
        {
            var simulation = new SnapshotSimulation(host, seed);
            await simulation.RunAsync(operations);
            reads = simulation.Reads;
        });
        return reads;
    }
}
