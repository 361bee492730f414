using NUnit.Framework;

namespace QmpHost.Sessions.Tests;

[TestFixture]
internal sealed class SessionWordsTests
{
    [Test]
    public void Words_are_split_at_blanks()
    {
        Assert.That(SessionWords.Split("  a  bc d ", 1), Is.EqualTo(new[] { "a", "bc", "d" }));
    }

    [Test]
    public void Quotes_group_and_may_be_empty()
    {
        Assert.That(SessionWords.Split("""a='b c' "" '{"x": 1}'""", 1), Is.EqualTo(new[] { "a=b c", "", """{"x": 1}""" }));
    }

    [Test]
    public void An_open_quote_is_an_error_with_the_line()
    {
        Assert.That(() => SessionWords.Split("a 'b", 7), Throws.TypeOf<SessionException>().With.Message.Contains("line 7"));
    }

    [Test]
    public void Escapes_become_bytes_and_the_rest_is_utf8()
    {
        Assert.That(SessionWords.Unescape(@"é\xff\n\\\0", 1), Is.EqualTo(new byte[] { 0xc3, 0xa9, 0xff, (byte)'\n', (byte)'\\', 0 }));
    }

    [TestCase(@"\q")]
    [TestCase(@"\x1")]
    [TestCase(@"\")]
    public void Other_escapes_are_errors(string text)
    {
        Assert.That(() => SessionWords.Unescape(text, 3), Throws.TypeOf<SessionException>());
    }
}
