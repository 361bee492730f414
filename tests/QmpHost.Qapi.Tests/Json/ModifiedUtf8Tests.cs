using NUnit.Framework;
using QmpHost.Qapi.Json;

namespace QmpHost.Qapi.Tests.Json;

/// <summary>Bytes that are text, are not, or are in part: what is shown of them, as recorded from QEMU with names of bitmaps in images.</summary>
[TestFixture]
internal sealed class ModifiedUtf8Tests
{
    private static IEnumerable<TestCaseData> Recorded()
    {
        yield return new TestCaseData(new byte[] { 0xFF, 0xFE, 0x41 }, @"""\uFFFD\uFFFDA""");
        yield return new TestCaseData(new byte[] { 0xC3, 0x28 }, @"""\uFFFD(""");
        yield return new TestCaseData(new byte[] { 0xED, 0xA0, 0x80, 0x5A }, @"""\uFFFDZ""");
        yield return new TestCaseData(new byte[] { 0xF8, 0x88, 0x80, 0x80, 0x80, 0x5A }, @"""\uFFFDZ""");
        yield return new TestCaseData(new byte[] { 0xC0, 0xAF, 0x5A }, @"""\uFFFDZ""");
        yield return new TestCaseData(new byte[] { 0xC0, 0x80, 0x5A }, @"""\u0000Z""");
        yield return new TestCaseData(new byte[] { 0xE2, 0x82, 0x5A }, @"""\uFFFDZ""");
        yield return new TestCaseData(new byte[] { 0x80, 0x80, 0x5A }, @"""\uFFFD\uFFFDZ""");
        yield return new TestCaseData(new byte[] { 0xF0, 0x9F, 0x98, 0x80, 0x5A }, @"""\uD83D\uDE00Z""");
        yield return new TestCaseData(new byte[] { 0xF4, 0x90, 0x80, 0x80, 0x5A }, @"""\uFFFDZ""");
        yield return new TestCaseData(new byte[] { 0xEF, 0xBF, 0xBF, 0x5A }, @"""\uFFFDZ""");
        yield return new TestCaseData(new byte[] { 0xFC, 0x84, 0x80, 0x80, 0x80, 0x80, 0x5A }, @"""\uFFFDZ""");
        yield return new TestCaseData(new byte[] { 0xFE, 0x80, 0x5A }, @"""\uFFFD\uFFFDZ""");
        yield return new TestCaseData(new byte[] { 0xC3, 0x28, 0xA0, 0xA1, 0x5A }, @"""\uFFFD(\uFFFD\uFFFDZ""");
    }

    [TestCaseSource(nameof(Recorded))]
    public void Shows_bytes_as_recorded(byte[] bytes, string json)
        => Assert.That(new QString(ModifiedUtf8.GetString(bytes)).ToString(), Is.EqualTo(json));

    [Test]
    public void Turns_any_bytes_without_zeroes_into_text_and_back([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < 500; i++)
        {
            byte[] bytes = new byte[random.Next(1, 12)];
            for (int at = 0; at < bytes.Length; at++)
            {
                // Mostly bytes that lead and follow others.
                bytes[at] = (byte)(random.Next(4) == 0 ? random.Next(1, 128) : random.Next(128, 256));
            }

            string text = ModifiedUtf8.GetString(bytes);
            Assert.That(ModifiedUtf8.GetBytes(text), Is.EqualTo(bytes), Convert.ToHexString(bytes));
            Assert.That(ModifiedUtf8.GetByteCount(text), Is.EqualTo(bytes.Length));
        }
    }

    [Test]
    public void Writes_a_null_character_as_two_bytes()
        => Assert.That(ModifiedUtf8.GetTerminatedBytes("a\0b"), Is.EqualTo(new byte[] { 0x61, 0xC0, 0x80, 0x62, 0 }));

    [Test]
    public void Reads_a_name_up_to_its_zero_byte()
        => Assert.That(ModifiedUtf8.GetTerminatedString("ab\0cd"u8), Is.EqualTo("ab"));
}
