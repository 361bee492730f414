using NUnit.Framework;
using QmpHost.IoTests.Harness;

namespace QmpHost.IoTests;

/// <summary>Every scenario and every recorded session, played on the selected target: one test case for each recording.</summary>
[TestFixture]
[Parallelizable(ParallelScope.Children)]
internal sealed class GoldenTests
{
    private static IEnumerable<TestCaseData> Items() =>
        GoldenItem.All().Select(item => new TestCaseData(item).SetArgDisplayNames(item.Name));

    [TestCaseSource(nameof(Items))]
    public async Task Plays_as_recorded(GoldenItem item)
    {
        if (KnownDifferences.Contains(item))
        {
            Assert.Ignore("differs from QEMU: listed in iotests/known-differences.txt");
        }

        if (item.MissingTool is { } tool)
        {
            Assert.Ignore($"needs {tool}, which is not installed");
        }

        try
        {
            string output = await item.PlayAsync(TargetSwitch.Selected(item.Release));
            Assert.That(item.Difference(output), Is.Null);
        }
        catch (NotSupportedException e)
        {
            Assert.Ignore(e.Message);
        }
    }
}
