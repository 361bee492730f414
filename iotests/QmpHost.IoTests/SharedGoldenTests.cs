using NUnit.Framework;
using QmpHost.IoTests.Harness;
using QmpHost.Sessions;

namespace QmpHost.IoTests;

/// <summary>
/// Outputs of scenario 257 that are known for several releases but were not recorded here; they are compared where
/// QMPHOST_GOLDEN_DIR, or a folder <c>shared/golden</c> beside the checkout, has them.
/// </summary>
[TestFixture]
internal sealed class SharedGoldenTests
{
    [Test]
    public void Recording_of_257_equals_the_known_output()
    {
        string known = Known("7.2");
        Assert.That(SessionComparison.Difference(File.ReadAllText(known), File.ReadAllText(Corpus.GoldenPath(257))), Is.Null);
    }

    // The output that is known for 10.0 is older than the updates of that release, in which a backup flushes its source at its
    // end; so does the profile, which was recorded from them. Before it, the profile of 9.2 shows what 10.0 showed at first.
    [TestCase("6.2", "6.2")]
    [TestCase("10.0", "9.2")]
    public async Task Scenario_257_under_another_profile_equals_the_known_output(string release, string profile)
    {
        string known = Known(release);
        if (IoTestSettings.FromEnvironment().Target == "oracle")
        {
            Assert.Ignore("the oracle has only its own release");
        }

        GoldenItem scenario = GoldenItem.Scenarios().Single(item => item.Name == "257");
        string output = await scenario.PlayAsync(TargetSwitch.WithProfile(profile));
        Assert.That(SessionComparison.Difference(File.ReadAllText(known), output), Is.Null);
    }

    private static string Known(string release)
    {
        string? path = Corpus.SharedGolden(257, release);
        if (path is null)
        {
            Assert.Ignore($"the known output for {release} is not on this machine");
        }

        return path!;
    }
}
