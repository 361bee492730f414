using NUnit.Framework;
using QmpHost.Hosting.CommandLine;
using QmpHost.Qapi;

namespace QmpHost.Hosting.Tests.CommandLine;

[TestFixture]
internal sealed class OptionGroupTests
{
    private readonly List<string> _warnings = [];

    [Test]
    public void Keys_of_later_releases_are_unknown_to_earlier_ones()
    {
        Assert.That(
            () => OptionGroups.Chardev(VersionProfile.Default).Read("file,id=a,path=x,input-path=y", _warnings.Add),
            Throws.TypeOf<CommandLineException>().With.Message.EqualTo("Invalid parameter 'input-path'"));
        Assert.That(VersionProfile.TryParse("10.0", out VersionProfile? later), Is.True);
        Assert.That(OptionGroups.Chardev(later!).Read("file,id=a,path=x,input-path=y", _warnings.Add)["input-path"], Is.EqualTo("y"));
    }

    [Test]
    public void A_key_without_value_is_taken_with_a_warning()
    {
        QemuOpts opts = OptionGroups.Monitor.Read("c,nopretty", _warnings.Add);

        Assert.That(opts["pretty"], Is.EqualTo("off"));
        Assert.That(_warnings, Is.EqualTo(new[] { "short-form boolean option 'nopretty' deprecated\nPlease use pretty=off instead" }));
    }

    [Test]
    public void Help_lists_the_keys_whatever_follows_it()
        => Assert.That(
            () => OptionGroups.Monitor.Read("c,help,pretty=maybe", _warnings.Add),
            Throws.TypeOf<HelpRequestedException>()
                .With.Property(nameof(HelpRequestedException.Text)).EqualTo("mon options:\n  chardev=<str>\n  mode=<str>\n  pretty=<bool (on/off)>\n")
                .And.Property(nameof(HelpRequestedException.Status)).EqualTo(1));
}
