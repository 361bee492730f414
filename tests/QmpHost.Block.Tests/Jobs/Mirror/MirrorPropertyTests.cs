using NUnit.Framework;
using QmpHost.Block.Tests.Copy;

namespace QmpHost.Block.Tests.Jobs.Mirror;

/// <summary>Mirrors in random orders of requests, see <see cref="MirrorSimulation"/>.</summary>
[TestFixture]
internal sealed class MirrorPropertyTests
{
    private const int Runs = 60;

    [Test]
    public void TheGuestReadsWhatItWroteWhereverItsDiskIs([Range(0, 4)] int block)
    {
        var outcomes = new List<string>();
        for (int i = 0; i < Runs; i++)
        {
            int seed = (block * Runs) + i;
            CopyHost.Run(async host =>
            {
                var simulation = new MirrorSimulation(host, seed);
                await simulation.RunAsync();
                outcomes.Add(simulation.Outcome);
            });
        }

        Assert.That(outcomes, Has.Some.Contain("success, guest at dst"));
    }
}
