using NUnit.Framework;
using QmpHost.IoTests.Harness;

namespace QmpHost.IoTests;

/// <summary>The recordings against the installed QEMU: what is committed is what it says.</summary>
[TestFixture]
[Category("Oracle")]
[Parallelizable(ParallelScope.Children)]
internal sealed class OracleTests
{
    private static IEnumerable<TestCaseData> Items() =>
        GoldenItem.All().Select(item => new TestCaseData(item).SetArgDisplayNames(item.Name));

    [TestCaseSource(nameof(Items))]
    public async Task Oracle_still_answers_as_recorded(GoldenItem item)
    {
        string output = await item.PlayAsync(TargetSwitch.Oracle());
        Assert.That(item.Difference(output), Is.Null);
    }
}
