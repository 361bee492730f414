using NUnit.Framework;
using QmpHost.Hosting.CommandLine;
using QmpHost.Hosting.Programs;

namespace QmpHost.Hosting.Tests.Programs;

[TestFixture]
internal sealed class DriveOptionsTests
{
    [TestCase("file=x,cache=none", "{\"cache.direct\": \"on\"}", true)]
    [TestCase("file=x,cache=directsync", "{\"cache.direct\": \"on\"}", false)]
    [TestCase("file=x,cache=writethrough", "{}", false)]
    [TestCase("file=x,cache=writeback", "{}", true)]
    [TestCase("file=x,cache=unsafe", "{\"cache.no-flush\": \"on\"}", true)]
    [TestCase("file=x,cache=none,cache.direct=off", "{\"cache.direct\": \"off\"}", true)]
    [TestCase("file=x,cache=none,cache.writeback=off", "{\"cache.direct\": \"on\"}", false)]
    public void Cache_modes_are_short_for_three_switches(string text, string image, bool hasWriteCache)
    {
        DriveOptions drive = Parse(text);

        Assert.That(drive.Image.ToString(), Is.EqualTo(image));
        Assert.That(drive.HasWriteCache, Is.EqualTo(hasWriteCache));
    }

    [Test]
    public void What_is_not_the_drives_is_the_images()
    {
        DriveOptions drive = Parse("if=none,id=a,file=x,,y,format=qcow2,node-name=n,file.locking=off,discard=on,media=cdrom");

        Assert.That((drive.Interface, drive.Id, drive.Filename), Is.EqualTo(("none", "a", "x,y")));
        Assert.That(drive.Image["driver"].ToString(), Is.EqualTo("\"qcow2\""));
        Assert.That(drive.Image["node-name"].ToString(), Is.EqualTo("\"n\""));
        Assert.That(drive.Image["file.locking"].ToString(), Is.EqualTo("\"off\""));
        Assert.That(drive.Image["discard"].ToString(), Is.EqualTo("\"unmap\""));
        Assert.That(drive.Image["read-only"].ToString(), Is.EqualTo("\"on\""));
    }

    [TestCase("format=help")]
    [TestCase("if=none,file=x,format=?")]
    [TestCase("if=none,driver=raw,format=help,werror=q,discard=q,no-such-option=1")]
    public void A_format_may_ask_which_there_are(string text) => Assert.That(Parse(text).AsksForFormats);

    [TestCase("if=none,format=help,media=q", "'q' invalid media")]
    [TestCase("if=none,format=help,cache=q", "invalid cache option")]
    [TestCase("if=none,format=help,unit=q", "Parameter 'unit' expects a number")]
    [TestCase("if=none,format=help,detect-zeroes=q", "invalid parameter value: q")]
    public void Some_errors_are_told_before_which_formats_there_are(string text, string message)
        => Assert.That(() => Parse(text), Throws.TypeOf<CommandLineException>().With.Message.EqualTo(message));

    [TestCase("readonly=on,read-only=off", "'read-only' and its alias 'readonly' can't be used at the same time")]
    [TestCase("iops=1,throttling.iops-total=2", "'throttling.iops-total' and its alias 'iops' can't be used at the same time")]
    public void A_name_and_its_alias_exclude_each_other(string text, string message)
        => Assert.That(() => Parse(text), Throws.TypeOf<CommandLineException>().With.Message.EqualTo(message));

    [TestCase("if=none")]
    [TestCase("if=none,file=")]
    [TestCase("if=none,aio=native,read-only=on,detect-zeroes=on,throttling.bps-total=1")]
    public void A_drive_may_be_empty(string text) => Assert.That(Parse(text).IsEmpty, Is.True);

    // The messages were seen on the oracle.
    [TestCase("foo=on", "Must specify either driver or file")]
    [TestCase("node-name=x", "Must specify either driver or file")]
    [TestCase("discard=off", "Must specify either driver or file")]
    [TestCase("cache=writethrough", "Must specify either driver or file")]
    [TestCase("driver=raw,format=raw", "Cannot specify both 'driver' and 'format'")]
    public void An_empty_drive_takes_no_options_of_an_image(string text, string message)
        => Assert.That(() => Parse(text), Throws.TypeOf<CommandLineException>().With.Message.EqualTo(message));

    [Test]
    public void A_switch_without_a_value_is_told_of()
    {
        var warnings = new List<string>();
        DriveOptions.Parse("if=none,readonly", warnings.Add);

        Assert.That(warnings, Is.EqualTo(new[] { "short-form boolean option 'readonly' deprecated\nPlease use readonly=on instead" }));
    }

    private static DriveOptions Parse(string text) => DriveOptions.Parse(text, static _ => { });
}
