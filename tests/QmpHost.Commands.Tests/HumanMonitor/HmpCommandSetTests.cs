using NUnit.Framework;
using QmpHost.Commands.HumanMonitor;

namespace QmpHost.Commands.Tests.HumanMonitor;

internal sealed class HmpCommandSetTests
{
    [TestCase("info name", "info name", "info name")]
    [TestCase("info  name x", "info name", "info name")]
    [TestCase("q", "quit", "q")]
    [TestCase("qemu-io disk \"length\"", "qemu-io", "qemu-io")]
    [TestCase("?", "help", "?")]
    public void The_longest_name_and_short_names_are_found(string line, string name, string words)
    {
        HmpCommand? command = new HmpCommandSet().Find(line, out _, out string taken);

        Assert.That(command?.Name, Is.EqualTo(name));
        Assert.That(taken, Is.EqualTo(words));
    }

    [TestCase("nonsense", "nonsense")]
    [TestCase("info nonsense x", "info nonsense")]
    [TestCase("quitx", "quitx")]
    public void What_does_not_exist_is_named_in_full(string line, string words)
    {
        Assert.That(new HmpCommandSet().Find(line, out _, out string taken), Is.Null);
        Assert.That(taken, Is.EqualTo(words));
    }

    [Test]
    public void Commands_have_names_of_their_own()
        => Assert.That(new HmpCommandSet().All.Select(command => command.Name), Is.Unique.And.Ordered.Using((IComparer<string>)StringComparer.Ordinal));
}
