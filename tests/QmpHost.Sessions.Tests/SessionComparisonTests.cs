using NUnit.Framework;

namespace QmpHost.Sessions.Tests;

[TestFixture]
internal sealed class SessionComparisonTests
{
    private const string Recorded = "-> a\n<- b\n$ qemu-img check x\n| fine\n? 2\n$ nbdinfo y\n| size\n-> c\n";

    [Test]
    public void Equal_transcripts_have_no_difference()
    {
        Assert.That(SessionComparison.Difference(Recorded, Recorded), Is.Null);
    }

    [Test]
    public void A_difference_is_shown_with_the_lines_before_it()
    {
        Assert.That(
            SessionComparison.Difference(Recorded, Recorded.Replace("<- b", "<- B", StringComparison.Ordinal)),
            Is.EqualTo("  -> a\n- <- b\n+ <- B\n"));
    }

    [Test]
    public void Missing_and_superfluous_lines_at_the_end_are_differences()
    {
        Assert.That(SessionComparison.Difference("a\nb\n", "a\n"), Is.Not.Null);
        Assert.That(SessionComparison.Difference("a\n", "a\nb\n"), Is.Not.Null);
    }

    [Test]
    public void Output_of_a_tool_that_is_not_installed_is_not_compared()
    {
        const string Played = "-> a\n<- b\n$ qemu-img check x\n(not installed)\n$ nbdinfo y\n| size\n-> c\n";
        Assert.That(SessionComparison.Difference(Recorded, Played), Is.Null);
        Assert.That(SessionComparison.Difference(Recorded, Played.Replace("| size", "| Size", StringComparison.Ordinal)), Is.Not.Null);
    }

    [Test]
    public void Lines_in_another_order_are_the_same_lines()
    {
        Assert.That(SessionComparison.HasSameLines(Recorded, Recorded.Replace("-> a\n<- b\n", "<- b\n-> a\n", StringComparison.Ordinal)));
        Assert.That(SessionComparison.HasSameLines(Recorded, Recorded + "<- b\n"), Is.False, "a line twice");
        Assert.That(SessionComparison.HasSameLines(Recorded, Recorded.Replace("<- b", "<- B", StringComparison.Ordinal)), Is.False);
        Assert.That(
            SessionComparison.HasSameLines(Recorded, "<- b\n-> a\n$ qemu-img check x\n(not installed)\n$ nbdinfo y\n| size\n-> c\n"));
    }
}
