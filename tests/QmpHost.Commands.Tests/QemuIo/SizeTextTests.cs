using System.Globalization;
using CsCheck;
using NUnit.Framework;
using QmpHost.Commands.QemuIo;

namespace QmpHost.Commands.Tests.QemuIo;

internal sealed class SizeTextTests
{
    [Test]
    public void A_size_means_the_same_in_each_notation()
        => Gen.Select(Gen.Long[0, long.MaxValue >> 20], Gen.Int[0, 2]).Sample((value, unit) =>
        {
            long bytes = value << (10 * unit);
            Assert.That(SizeText.Parse(value.ToString(CultureInfo.InvariantCulture) + "bkm"[unit]), Is.EqualTo((bytes, (string?)null)));
            Assert.That(SizeText.Parse(value.ToString(CultureInfo.InvariantCulture) + "BKM"[unit]), Is.EqualTo((bytes, (string?)null)));
            Assert.That(SizeText.Parse("0x" + bytes.ToString("x", CultureInfo.InvariantCulture)), Is.EqualTo((bytes, (string?)null)));
        });

    [Test]
    public void No_text_is_beyond_parsing()
        => Gen.String[Gen.Char["0123456789.-+xbkMGTPEe "], 0, 24].Sample(text =>
        {
            (long value, string? error) = SizeText.Parse(text);
            Assert.That(error is null ? value >= 0 : value == 0);
        });

    [TestCase(0, "0 bytes")]
    [TestCase(1023, "1023 bytes")]
    [TestCase(1024, "1 KiB")]
    [TestCase(1536, "1.500 KiB")]
    [TestCase(4194304, "4 MiB")]
    [TestCase(5000000000, "4.657 GiB")]
    public void Sizes_are_shown_in_the_largest_unit_that_fits(long bytes, string text)
        => Assert.That(SizeText.Format(bytes), Is.EqualTo(text));
}
