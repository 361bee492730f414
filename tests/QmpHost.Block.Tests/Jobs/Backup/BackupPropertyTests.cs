using CsCheck;
using NUnit.Framework;
using QmpHost.Block.Tests.Copy;

namespace QmpHost.Block.Tests.Jobs.Backup;

[TestFixture]
public sealed class BackupPropertyTests
{
    [Test]
    public void A_backup_shows_one_moment_and_leaves_the_bitmap_right_in_fixed_orders()
    {
        var outcomes = new Dictionary<string, int>();
        for (int seed = 0; seed < 120; seed++)
        {
            string outcome = Simulate(seed);
            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
        }

        foreach (string end in new[] { "success", "Input/output error", "Operation canceled" })
        {
            Assert.That(outcomes.Keys.Count(o => o.EndsWith(end, StringComparison.Ordinal)), Is.GreaterThanOrEqualTo(4), end);
        }
    }

    [Test]
    public void A_backup_shows_one_moment_and_leaves_the_bitmap_right_in_any_order()
        => Gen.Int[0, int.MaxValue].Sample(seed => Simulate(seed).Length > 0, iter: 40);

    private static string Simulate(int seed)
    {
        string outcome = "";
        CopyHost.Run(async host =>
        {
            var simulation = new BackupSimulation(host, seed);
            try
            {
                await simulation.RunAsync();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}", e);
            }

            outcome = simulation.Outcome;
        });
        return outcome;
    }
}
