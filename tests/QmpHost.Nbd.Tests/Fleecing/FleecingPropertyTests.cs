using System.Diagnostics;
using System.Globalization;

namespace QmpHost.Nbd.Tests.Fleecing;

/// <summary>The promise of image fleecing, kept for clients over NBD. QMPHOST_PROPERTY_SECONDS goes on with further seeds.</summary>
[TestFixture]
public class FleecingPropertyTests
{
    private const int FixedSeeds = 12;

    [Test]
    public async Task Clients_see_the_frozen_disk_or_nothing_whoever_dies()
    {
        int seconds = int.TryParse(Environment.GetEnvironmentVariable("QMPHOST_PROPERTY_SECONDS"), CultureInfo.InvariantCulture, out int value) ? value : 0;
        (int reads, int refusals, int kills) = (0, 0, 0);
        var watch = Stopwatch.StartNew();
        for (int seed = 0; seed < FixedSeeds || watch.Elapsed.TotalSeconds < seconds; seed++)
        {
            var simulation = new FleecingSimulation(seed);
            await simulation.RunAsync(operations: 60);
            reads += simulation.Reads;
            refusals += simulation.Refusals;
            kills += simulation.Kills;
        }

        TestContext.Out.WriteLine($"{reads} reads compared, {refusals} refused, {kills} clients killed");
        Assert.That(reads, Is.GreaterThan(300));
        Assert.That(refusals, Is.GreaterThan(30));
        Assert.That(kills, Is.GreaterThan(10));
    }
}
