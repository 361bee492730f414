using NUnit.Framework;
using QmpHost.Block.Tests.Drivers.Qcow2;

namespace QmpHost.Block.Tests.Jobs.Chain;

/// <summary>Commits and streams in random orders of requests, see <see cref="ChainSimulation"/>.</summary>
[TestFixture]
internal sealed class ChainPropertyTests
{
    private const int Runs = 40;

    [Test]
    public void TheGuestReadsWhatItWroteWhateverBecomesOfTheChain([Range(0, 4)] int block)
    {
        var outcomes = new List<string>();
        for (int i = 0; i < Runs; i++)
        {
            int seed = (block * Runs) + i;
            Qcow2Host.Run(async host =>
            {
                var simulation = new ChainSimulation(host, seed);
                await simulation.RunAsync();
                outcomes.Add(simulation.Outcome);
            });
        }

        Assert.That(outcomes, Has.Some.Contain("commit success"));
        Assert.That(outcomes, Has.Some.Contain("stream success"));
    }
}
