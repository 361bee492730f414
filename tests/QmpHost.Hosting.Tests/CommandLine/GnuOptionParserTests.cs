using NUnit.Framework;
using QmpHost.Hosting.CommandLine;

namespace QmpHost.Hosting.Tests.CommandLine;

[TestFixture]
internal sealed class GnuOptionParserTests
{
    private static readonly OptionSpecification[] Known =
    [
        new("help", TakesValue: false, 'h'),
        new("blockdev", TakesValue: true),
        new("pidfile", TakesValue: true),
        new("trace", TakesValue: true, 'T'),
        new("daemonize", TakesValue: false),
        new("daemon-name", TakesValue: true),
    ];

    // Every message was recorded from qemu-storage-daemon 7.2.
    [TestCase("option '--blockdev' requires an argument", "--blockdev")]
    [TestCase("unrecognized option '--foo'", "--foo")]
    [TestCase("invalid option -- 'x'", "-x")]
    [TestCase("foo: Unexpected argument", "foo")]
    public void Wrong_command_lines_give_the_errors_of_the_oracle(string message, params string[] arguments)
        => Assert.That(() => GnuOptionParser.Parse(arguments, Known), Throws.TypeOf<CommandLineException>().With.Message.EqualTo(message));

    [Test]
    public void Values_stand_behind_a_space_or_an_equals_sign()
    {
        IReadOnlyList<GivenOption> given = GnuOptionParser.Parse(["--blockdev", "a=b", "--blockdev=c=d", "-Tx", "-T", "y"], Known);

        Assert.That(given.Select(option => option.Value), Is.EqualTo(["a=b", "c=d", "x", "y"]));
        Assert.That(given[0].Text, Is.EqualTo("--blockdev a=b"));
    }

    [Test]
    public void A_unique_beginning_is_enough()
        => Assert.That(GnuOptionParser.Parse(["--pid", "x"], Known)[0].Name, Is.EqualTo("pidfile"));

    [Test]
    public void An_ambiguous_beginning_is_refused()
        => Assert.That(() => GnuOptionParser.Parse(["--daemon"], Known), Throws.TypeOf<CommandLineException>().With.Message.Contains("ambiguous"));

    [Test]
    public void A_flag_takes_no_value()
        => Assert.That(() => GnuOptionParser.Parse(["--help=x"], Known), Throws.TypeOf<CommandLineException>());

    [Test]
    public void What_stands_behind_two_dashes_is_left_alone()
        => Assert.That(GnuOptionParser.Parse(["--pidfile", "x", "--", "foo", "--bogus"], Known), Has.Count.EqualTo(1));
}
