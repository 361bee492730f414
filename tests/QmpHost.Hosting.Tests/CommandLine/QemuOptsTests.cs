using NUnit.Framework;
using QmpHost.Hosting.CommandLine;

namespace QmpHost.Hosting.Tests.CommandLine;

[TestFixture]
internal sealed class QemuOptsTests
{
    [Test]
    public void The_first_value_may_go_without_its_key()
    {
        QemuOpts options = QemuOpts.Parse("socket,id=a,path=x,,y,server=on,nowait", "backend");

        Assert.That(options["backend"], Is.EqualTo("socket"));
        Assert.That(options["path"], Is.EqualTo("x,y"));
        Assert.That(options.GetBool("server", false), Is.True);
        Assert.That(options.GetBool("wait", true), Is.False);
    }

    [Test]
    public void A_value_that_is_no_switch_is_refused()
        => Assert.That(
            () => QemuOpts.Parse("server=maybe", null).GetBool("server", false),
            Throws.TypeOf<CommandLineException>().With.Message.EqualTo("Parameter 'server' expects 'on' or 'off'"));

    [Test]
    public void Unknown_keys_are_refused()
        => Assert.That(
            () => OptionGroups.Name.Read("a,foo=b", _ => { }),
            Throws.TypeOf<CommandLineException>().With.Message.EqualTo("Invalid parameter 'foo'"));
}
