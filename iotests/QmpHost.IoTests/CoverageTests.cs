using NUnit.Framework;
using QmpHost.IoTests.Coverage;
using QmpHost.IoTests.Harness;

namespace QmpHost.IoTests;

/// <summary>What of the storage daemon occurs in no recording has a reason, or is on the list of what is still to be recorded.</summary>
internal sealed class CoverageTests
{
    [Test]
    public void What_no_recording_shows_is_known()
    {
        IEnumerable<string> known = File.ReadLines(Path.Combine(Corpus.Root, "coverage-open.txt"));
        Assert.That(CoverageTable.FindOpen().Except(known), Is.Empty, "Record a session, or write the reason to iotests/coverage-reasons.txt");
    }
}
