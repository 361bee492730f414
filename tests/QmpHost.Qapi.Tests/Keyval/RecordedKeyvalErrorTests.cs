using NUnit.Framework;
using QmpHost.Qapi.Keyval;
using QmpHost.Qapi.Schema;

namespace QmpHost.Qapi.Tests.Keyval;

/// <summary>Malformed <c>--blockdev</c> options in key=value notation, and what QEMU 7.2 said to each.</summary>
[TestFixture]
public class RecordedKeyvalErrorTests
{
    public static IEnumerable<TestCaseData> Recorded =>
        File.ReadAllLines(Path.Combine(TestContext.CurrentContext.TestDirectory, "Data", "keyval-errors.txt"))
            .Chunk(2)
            .Select(pair => new TestCaseData(pair[0], pair[1]));

    [TestCaseSource(nameof(Recorded))]
    public void Malformed_options_fail_in_the_same_words(string option, string message) =>
        Assert.That(
            () => BlockdevOptions.Visit(new QapiInputVisitor(VersionProfile.Default, InputNotation.Keyval), null, KeyvalParser.Parse(option, "driver")),
            Throws.TypeOf<QmpException>().With.Message.EqualTo(message));
}
