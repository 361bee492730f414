using NUnit.Framework;
using QmpHost.IoTests.Harness;
using QmpHost.Sessions;

namespace QmpHost.IoTests;

/// <summary>The recordings against the installed QEMU: what is committed is what it says.</summary>
[TestFixture]
[Category("Oracle")]
[Parallelizable(ParallelScope.Children)]
internal sealed class OracleTests
{
    private static IEnumerable<TestCaseData> Items() =>
        GoldenItem.All().Select(item => new TestCaseData(item).SetArgDisplayNames(item.Name));

    // On a busy machine QEMU's own threads overtake each other now and then; only what differs every time was recorded wrongly.
    [TestCaseSource(nameof(Items))]
    [Retry(3)]
    public async Task Oracle_still_answers_as_recorded(GoldenItem item)
    {
        Assert.That(await DifferenceAsync(item), Is.Null);
    }

    // What ends a session early differs as well: another exception than an assertion's would not be tried again.
    private static async Task<string?> DifferenceAsync(GoldenItem item)
    {
        try
        {
            return item.Difference(await item.PlayAsync(TargetSwitch.Oracle(item.Release)));
        }
        catch (SessionException e)
        {
            return e.Message;
        }
    }
}
