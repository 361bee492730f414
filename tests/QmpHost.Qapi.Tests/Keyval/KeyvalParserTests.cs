using NUnit.Framework;
using QmpHost.Qapi.Keyval;

namespace QmpHost.Qapi.Tests.Keyval;

[TestFixture]
internal sealed class KeyvalParserTests
{
    [Test]
    public void Dots_make_objects_and_numbers_make_lists()
    {
        QDict tree = KeyvalParser.Parse("qcow2,file.driver=file,file.filename=a,,b,list.0=x,list.1=y", "driver");

        Assert.That(((QString)tree["driver"]).Value, Is.EqualTo("qcow2"));
        Assert.That(((QString)((QDict)tree["file"])["filename"]).Value, Is.EqualTo("a,b"));
        Assert.That(((QList)tree["list"]).Count, Is.EqualTo(2));
    }

    // Every message was recorded from qemu-storage-daemon 7.2 --blockdev.
    [TestCase("driver=x,=5", "Invalid parameter ''")]
    [TestCase("driver=x,a b=5", "Invalid parameter 'a b'")]
    [TestCase("driver=x,file=x,file.driver=y", "Parameters 'file.*' used inconsistently")]
    [TestCase("driver=x,file.driver=y,file=x", "Parameters 'file.*' used inconsistently")]
    [TestCase("driver=x,e.1=x", "Parameter 'e.0' missing")]
    [TestCase("driver=x,e.0.event=x,e.2.event=x,image=x", "Parameter 'e.1' missing")]
    [TestCase("driver=x,1=4", "Invalid parameter '1'")]
    [TestCase("driver=x,.a=4", "Invalid parameter '.a'")]
    [TestCase("driver=x,a.=4", "Invalid parameter 'a.'")]
    [TestCase("x,y", "Expected '=' after parameter 'y'")]
    [TestCase("driver=x,a.0=1,a.b=2", "Parameters 'a.*' used inconsistently")]
    public void Malformed_texts_give_the_errors_of_the_oracle(string text, string message)
        => Assert.That(() => KeyvalParser.Parse(text, "driver"), Throws.TypeOf<QmpException>().With.Message.EqualTo(message));

    [Test]
    public void A_later_value_replaces_an_earlier_one()
        => Assert.That(((QString)KeyvalParser.Parse("a=1,a=2", null)["a"]).Value, Is.EqualTo("2"));

    [Test]
    public void A_trailing_comma_is_ignored()
        => Assert.That(KeyvalParser.Parse("a=1,", null).Count, Is.EqualTo(1));
}
