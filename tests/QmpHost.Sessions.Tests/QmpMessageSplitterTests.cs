using System.Text;
using NUnit.Framework;

namespace QmpHost.Sessions.Tests;

[TestFixture]
internal sealed class QmpMessageSplitterTests
{
    [Test]
    public void Messages_end_at_line_ends_outside_of_brackets_and_strings()
    {
        string[] messages = ["{\"a\": \"}\\\"{\"}\r\n", "{\r\n    \"b\": [\r\n    ]\r\n}\r\n", "plain text\n"];
        byte[] all = Encoding.UTF8.GetBytes(string.Concat(messages));

        for (int size = 1; size <= all.Length; size++)
        {
            var splitter = new QmpMessageSplitter();
            var found = all.Chunk(size).SelectMany(chunk => splitter.Push(chunk)).Select(Encoding.UTF8.GetString);
            Assert.That(found, Is.EqualTo(messages), $"in pieces of {size}");
        }
    }

    [Test]
    public void What_has_not_ended_is_pending()
    {
        var splitter = new QmpMessageSplitter();
        Assert.That(splitter.Push("{\"a\": 1"u8), Is.Empty);
        Assert.That(splitter.Pending.ToArray(), Is.EqualTo("{\"a\": 1"u8.ToArray()));
    }
}
