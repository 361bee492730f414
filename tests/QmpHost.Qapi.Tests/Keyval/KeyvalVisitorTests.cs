using NUnit.Framework;
using QmpHost.Qapi.Keyval;
using QmpHost.Qapi.Schema;

namespace QmpHost.Qapi.Tests.Keyval;

[TestFixture]
internal sealed class KeyvalVisitorTests
{
    [Test]
    public void Texts_become_the_types_of_the_schema()
    {
        BlockdevOptions options = Read("driver=null-co,node-name=n,read-only=on,size=0x400,cache.direct=off");

        Assert.That(options.ReadOnly, Is.True);
        Assert.That(options.Cache?.Direct, Is.False);
        Assert.That(((BlockdevOptionsNull)options.Branch!).Size, Is.EqualTo(1024));
    }

    // Every message was recorded from qemu-storage-daemon 7.2 --blockdev.
    [TestCase("driver=foo", "Parameter 'driver' does not accept value 'foo'")]
    [TestCase("node-name=a", "Parameter 'driver' is missing")]
    [TestCase("driver=null-co,size=abc", "Parameter 'size' expects integer")]
    [TestCase("driver=null-co,size=1.5M", "Parameter 'size' expects integer")]
    [TestCase("driver=null-co,size=99999999999999999999", "Parameter 'size' expects integer")]
    [TestCase("driver=null-co,read-only=foo", "Parameter 'read-only' expects 'on' or 'off'")]
    [TestCase("driver=null-co,cache.direct=x", "Parameter 'cache.direct' expects 'on' or 'off'")]
    [TestCase("driver=null-co,foo=1", "Parameter 'foo' is unexpected")]
    [TestCase("driver=qcow2,file.driver=null-co,file.foo=1", "Parameter 'file.foo' is unexpected")]
    public void Wrong_texts_give_the_errors_of_the_oracle(string text, string message)
        => Assert.That(() => Read(text), Throws.TypeOf<QmpException>().With.Message.EqualTo(message));

    private static BlockdevOptions Read(string text)
        => BlockdevOptions.Visit(new QapiInputVisitor(VersionProfile.Default, InputNotation.Keyval), null, KeyvalParser.Parse(text, "driver"));
}
