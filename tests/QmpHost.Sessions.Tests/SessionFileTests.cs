using NUnit.Framework;

namespace QmpHost.Sessions.Tests;

[TestFixture]
internal sealed class SessionFileTests
{
    [Test]
    public void Comments_and_empty_lines_are_dropped_and_lines_keep_their_numbers()
    {
        var session = SessionFile.Parse("s", ["# comment", "", "@start -x", "{\"execute\": \"quit\"}"]);
        Assert.That(session.Steps, Is.EqualTo(new[]
        {
            new SessionStep(3, "start", "-x"),
            new SessionStep(4, "", "{\"execute\": \"quit\"}"),
        }));
        Assert.That(session.Programs, Is.EqualTo(new[] { SessionProgram.System }));
    }

    [Test]
    public void Programs_can_be_chosen()
    {
        var session = SessionFile.Parse("s", ["@programs storage-daemon system"]);
        Assert.That(session.Programs, Is.EqualTo(new[] { SessionProgram.StorageDaemon, SessionProgram.System }));
        Assert.That(session.Steps, Is.Empty);
    }

    [TestCase("@no-such-directive x")]
    [TestCase("@programs")]
    [TestCase("@programs toaster")]
    public void Lines_that_are_not_understood_are_errors(string line)
    {
        Assert.That(() => SessionFile.Parse("s", [line]), Throws.TypeOf<SessionException>().With.Message.Contains("line 1"));
    }
}
