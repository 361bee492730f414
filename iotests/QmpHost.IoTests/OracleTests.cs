using System.Globalization;
using NUnit.Framework;
using QmpHost.IoTests.Harness;
using QmpHost.Sessions;

namespace QmpHost.IoTests;

/// <summary>The recordings against the installed QEMU: what is committed is what it says.</summary>
/// <remarks>
/// A recording was played three times when it was made. Where <c>QMPHOST_ORACLE_PART</c> is <c>K/N</c>, only the K-th (from 0) of N
/// parts is played again, so that a run of limited time covers all within N runs.
/// </remarks>
[TestFixture]
[Category("Oracle")]
[Parallelizable(ParallelScope.Children)]
internal sealed class OracleTests
{
    private static IEnumerable<TestCaseData> Items() =>
        GoldenItem.All().Where((_, index) => IsInPart(index)).Select(item => new TestCaseData(item).SetArgDisplayNames(item.Name));

    private static bool IsInPart(int index)
    {
        if (Environment.GetEnvironmentVariable("QMPHOST_ORACLE_PART") is not { Length: > 0 } part)
        {
            return true;
        }

        string[] numbers = part.Split('/');
        int count = int.Parse(numbers[1], CultureInfo.InvariantCulture);
        return index % count == int.Parse(numbers[0], CultureInfo.InvariantCulture) % count;
    }

    // On a busy machine QEMU's own threads overtake each other now and then; only what differs every time was recorded wrongly.
    [TestCaseSource(nameof(Items))]
    [Retry(5)]
    public async Task Oracle_still_answers_as_recorded(GoldenItem item)
    {
        Assert.That(await DifferenceAsync(item), Is.Null);
    }

    // The order of the lines was the same in each of the three plays of the recording; here it need not be: when a job's event comes
    // beside a reply is up to the load. What ends a session early differs as well: another exception than an assertion's would not be tried again.
    private static async Task<string?> DifferenceAsync(GoldenItem item)
    {
        try
        {
            string output = await item.PlayAsync(TargetSwitch.Oracle(item.Release));
            return item.HasSameLines(output) ? null : item.Difference(output);
        }
        catch (SessionException e)
        {
            return e.Message;
        }
    }
}
