using NUnit.Framework;
using QmpHost.Commands.HumanMonitor;

namespace QmpHost.Commands.Tests.HumanMonitor;

internal sealed class HmpArgumentReaderTests
{
    [Test]
    public void Words_and_quoted_texts_are_taken_from_left_to_right()
    {
        HmpArgumentReader reader = Reader("  -d disk \"read \\\"0\\\" 512\\n\"  ");

        Assert.That(reader.TakeFlag('d'), Is.True);
        Assert.That(reader.TakeString("device"), Is.EqualTo("disk"));
        Assert.That(reader.TakeString("command"), Is.EqualTo("read \"0\" 512\n"));
        Assert.That(reader.AtEnd, Is.True);
        Assert.That(reader.ExpectEnd, Throws.Nothing);
    }

    [Test]
    public void A_flag_that_is_not_there_is_no_error_but_another_one_is()
    {
        Assert.That(Reader("disk").TakeFlag('d'), Is.False);
        Assert.That(() => Reader("-x").TakeFlag('d'), Throws.TypeOf<HmpArgumentException>().With.Message.EqualTo("unsupported option -x"));
    }

    [Test]
    public void What_is_missing_or_left_over_is_told()
    {
        Assert.That(() => Reader(" ").TakeString("device"), Throws.TypeOf<HmpArgumentException>().With.Message.EqualTo("device expected"));
        Assert.That(Reader("x").ExpectEnd, Throws.TypeOf<HmpArgumentException>().With.Message.EqualTo("extraneous characters at the end of line"));
    }

    [TestCase("\"abc", "unterminated string")]
    [TestCase("\"abc\\", "unterminated string")]
    [TestCase("\"a\\tb\"", "unsupported escape code: '\\t'")]
    public void A_broken_quotation_is_told_where_the_process_writes(string text, string message)
    {
        var diagnostics = new StringWriter { NewLine = "\n" };

        Assert.That(Reader(text, diagnostics).TryTakeString(), Is.Null);
        Assert.That(diagnostics.ToString(), Is.EqualTo(message + "\n"));
    }

    [TestCase("4+6&3", 6)]
    [TestCase("2+3*4", 14)]
    [TestCase("7&2*3", 6)]
    [TestCase("-7/2", -3)]
    [TestCase("~5 + 1", -5)]
    [TestCase("-(5)", -5)]
    [TestCase("10-3-2", 5)]
    [TestCase("0x10", 16)]
    [TestCase("010", 8)]
    [TestCase("'a'", 97)]
    [TestCase("$eax+1", 8)]
    [TestCase("0xffffffffffffffff", -1)]
    public void Numbers_are_expressions(string text, long value) => Assert.That(Reader(text).TakeNumber(), Is.EqualTo(value));

    [TestCase("1/0", "division by zero")]
    [TestCase("(1+2", "')' expected")]
    [TestCase("1+", "unexpected end of expression")]
    [TestCase("x", "invalid char 'x' in expression")]
    [TestCase("99999999999999999999", "number too large")]
    [TestCase("$nope", "unknown register")]
    [TestCase("'a", "missing terminating ' character")]
    public void What_is_no_expression_is_told(string text, string message)
        => Assert.That(() => Reader(text).TakeNumber(), Throws.TypeOf<HmpUsageException>().With.Message.EqualTo(message));

    private static HmpArgumentReader Reader(string text, TextWriter? diagnostics = null)
        => new(text, 0, diagnostics ?? TextWriter.Null, "command", static register => register == "eax" ? 7 : null);
}
