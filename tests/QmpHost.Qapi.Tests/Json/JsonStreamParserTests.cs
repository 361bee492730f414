using System.Buffers;
using System.Text;
using NUnit.Framework;
using QmpHost.Qapi.Json;

namespace QmpHost.Qapi.Tests.Json;

public sealed class JsonStreamParserTests
{
    [TestCase("0", "0")]
    [TestCase("-0", "0")]
    [TestCase("9223372036854775807", "9223372036854775807")]
    [TestCase("9223372036854775808", "9223372036854775808")]
    [TestCase("18446744073709551615", "18446744073709551615")]
    [TestCase("18446744073709551616", "1.8446744073709552e+19")]
    [TestCase("-9223372036854775808", "-9223372036854775808")]
    [TestCase("-9223372036854775809", "-9.2233720368547758e+18")]
    [TestCase("1e999", "inf")]
    [TestCase("-0.0", "-0")]
    [TestCase("1e5", "100000")]
    [TestCase("0.1", "0.10000000000000001")]
    [TestCase("1e-5", "1.0000000000000001e-05")]
    [TestCase("4.9e-324", "4.9406564584124654e-324")]
    [TestCase("100000000000000000000000000000", "9.9999999999999991e+28")]
    [TestCase("'\\u0000'", "\"\\u0000\"")]
    [TestCase("'a\\ud83d\\ude00\\u00e9\\'\\\"\\/\\b\\f\\n\\r\\t'", "\"a\\uD83D\\uDE00\\u00E9'\\\"/\\b\\f\\n\\r\\t\"")]
    [TestCase("[1,[2,{\"b\":1,\"a\":2,\"c\":3}], null, true,false]", "[1, [2, {\"a\": 2, \"b\": 1, \"c\": 3}], null, true, false]")]
    public void Values_are_read_as_QEMU_reads_them(string text, string written)
    {
        // The written form is what QEMU echoes when the text is the "id" of a request.
        Assert.That(JsonParser.Parse(text).ToString(), Is.EqualTo(written));
    }

    [Test]
    public void Zero_may_be_two_bytes_in_a_string()
    {
        Assert.That(((QString)JsonParser.Parse([(byte)'"', 0xC0, 0x80, (byte)'"'])).Value, Is.EqualTo("\0"));
    }

    // Recorded with qemu-img info 'json:…'.
    [TestCase("", "Expecting a JSON value")]
    [TestCase("  ", "Expecting a JSON value")]
    [TestCase("{", "JSON parse error, premature EOI")]
    [TestCase("{\"a\"", "JSON parse error, premature EOI")]
    [TestCase("{\"a\" 1", "JSON parse error, missing : in object pair")]
    [TestCase("{}x", "Expecting at most one JSON value")]
    [TestCase("{}}", "Expecting at most one JSON value")]
    [TestCase("{}T", "Expecting at most one JSON value")]
    [TestCase("1 2", "Expecting at most one JSON value")]
    [TestCase("1,", "Expecting at most one JSON value")]
    [TestCase("{\"a\":1}{T", "Expecting at most one JSON value")]
    [TestCase("{\"a\":1,\"a\":2}", "JSON parse error, duplicate key")]
    [TestCase("}", "JSON parse error, expecting value")]
    [TestCase(",,", "JSON parse error, expecting value")]
    [TestCase("\"a", "JSON parse error, stray '\"a'")]
    [TestCase("\"\\u12", "JSON parse error, stray '\"\\u12'")]
    [TestCase("-", "JSON parse error, stray '-'")]
    [TestCase("nul", "JSON parse error, invalid keyword 'nul'")]
    [TestCase("T{T", "JSON parse error, stray 'T'")]
    public void One_complete_text_is_checked_to_its_end(string text, string message)
    {
        Assert.That(() => JsonParser.Parse(text), Throws.TypeOf<QmpException>().With.Message.EqualTo(message));
    }

    [Test]
    public void Nesting_is_limited()
    {
        Assert.That(JsonParser.Parse(new string('[', 1024) + new string(']', 1024)), Is.TypeOf<QList>());
        Assert.That(FirstOutcome(new string('[', 1025)), Is.EqualTo("JSON nesting depth limit exceeded"));
        Assert.That(FirstOutcome(string.Concat(Enumerable.Repeat("{\"a\":[", 513))), Is.EqualTo("JSON nesting depth limit exceeded"));
    }

    [Test]
    public void Tokens_are_counted()
    {
        const int limit = JsonStreamParser.TokenCountLimit;
        string longest = "[" + string.Concat(Enumerable.Repeat("1,", (limit - 4) / 2)) + "1 ]";

        Assert.That(FirstOutcome(longest), Is.EqualTo("value"));
        Assert.That(FirstOutcome("[" + string.Concat(Enumerable.Repeat("1,", (limit - 2) / 2)) + "1]"), Is.EqualTo("JSON token count limit exceeded"));
    }

    [Test]
    public void The_size_of_a_token_is_limited()
    {
        // Recorded once from the oracle, which takes minutes for it: the limit, then the rest as if it were new.
        byte[] piece = Encoding.ASCII.GetBytes(new string('a', 1024 * 1024));
        var parser = new JsonStreamParser();
        Assert.That(parser.Read("\""u8, out _), Is.EqualTo(JsonReadStatus.NeedMore));
        for (int i = 0; i < 63; i++)
        {
            Assert.That(parser.Read(piece, out _), Is.EqualTo(JsonReadStatus.NeedMore));
        }

        Assert.That(parser.Read(piece, out int consumed), Is.EqualTo(JsonReadStatus.Error));
        Assert.That(consumed, Is.EqualTo(piece.Length));
        Assert.That(parser.Error, Is.EqualTo("JSON token size limit exceeded"));
        Assert.That(parser.Read("aa\"\n"u8, out consumed), Is.EqualTo(JsonReadStatus.Error));
        Assert.That(consumed, Is.EqualTo(2));
        Assert.That(parser.Error, Is.EqualTo("JSON parse error, invalid keyword 'aa'"));
    }

    [Test]
    public void Values_are_read_from_segments()
    {
        var first = new Segment("{'a': 'x"u8.ToArray());
        Segment last = first.Append("yz', 'b"u8.ToArray()).Append("': [1, 2"u8.ToArray()).Append("3]}{"u8.ToArray());
        var input = new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
        var parser = new JsonStreamParser();

        Assert.That(parser.Read(input, out SequencePosition consumed), Is.EqualTo(JsonReadStatus.Value));
        Assert.That(parser.Value!.ToString(), Is.EqualTo("{\"a\": \"xyz\", \"b\": [1, 23]}"));
        Assert.That(Encoding.ASCII.GetString(input.Slice(consumed).ToArray()), Is.EqualTo("{"));
        Assert.That(parser.Read(input.Slice(consumed), out consumed), Is.EqualTo(JsonReadStatus.NeedMore));
        Assert.That(input.Slice(consumed).IsEmpty);
        Assert.That(parser.InValue);
    }

    [Test]
    public void Many_members_do_not_cost_their_square()
    {
        string text = "{" + string.Join(',', Enumerable.Range(0, 200_000).Select(i => $"'k{i}':{i}")) + "}";

        Assert.That(JsonParser.Parse(text), Is.TypeOf<QDict>().With.Count.EqualTo(200_000));
    }

    private static string FirstOutcome(string text)
    {
        var parser = new JsonStreamParser();
        return parser.Read(Encoding.ASCII.GetBytes(text), out _) switch
        {
            JsonReadStatus.Value => "value",
            JsonReadStatus.Error => parser.Error!,
            _ => "more",
        };
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes) => Memory = bytes;

        public Segment Append(byte[] bytes)
        {
            var next = new Segment(bytes) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
