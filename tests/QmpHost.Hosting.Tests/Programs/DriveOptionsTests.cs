using NUnit.Framework;
using QmpHost.Hosting.CommandLine;
using QmpHost.Hosting.Programs;

namespace QmpHost.Hosting.Tests.Programs;

[TestFixture]
internal sealed class DriveOptionsTests
{
    [TestCase("cache=none", "{\"cache.direct\": \"on\"}", true)]
    [TestCase("cache=directsync", "{\"cache.direct\": \"on\"}", false)]
    [TestCase("cache=writethrough", "{}", false)]
    [TestCase("cache=writeback", "{}", true)]
    [TestCase("cache=unsafe", "{\"cache.no-flush\": \"on\"}", true)]
    [TestCase("cache=none,cache.direct=off", "{\"cache.direct\": \"off\"}", true)]
    [TestCase("cache=none,cache.writeback=off", "{\"cache.direct\": \"on\"}", false)]
    public void Cache_modes_are_short_for_three_switches(string text, string image, bool hasWriteCache)
    {
        DriveOptions drive = DriveOptions.Parse(text);

        Assert.That(drive.Image.ToString(), Is.EqualTo(image));
        Assert.That(drive.HasWriteCache, Is.EqualTo(hasWriteCache));
    }

    [Test]
    public void What_is_not_the_drives_is_the_images()
    {
        DriveOptions drive = DriveOptions.Parse("if=none,id=a,file=x,,y,format=qcow2,node-name=n,file.locking=off,discard=on,media=cdrom");

        Assert.That((drive.Interface, drive.Id, drive.Filename), Is.EqualTo(("none", "a", "x,y")));
        Assert.That(drive.Image["driver"].ToString(), Is.EqualTo("\"qcow2\""));
        Assert.That(drive.Image["node-name"].ToString(), Is.EqualTo("\"n\""));
        Assert.That(drive.Image["file.locking"].ToString(), Is.EqualTo("\"off\""));
        Assert.That(drive.Image["discard"].ToString(), Is.EqualTo("\"unmap\""));
        Assert.That(drive.Image["read-only"].ToString(), Is.EqualTo("\"on\""));
    }

    [TestCase("snapshot=on")]
    [TestCase("copy-on-read=on")]
    public void What_is_not_available_is_refused(string text)
        => Assert.That(() => DriveOptions.Parse(text), Throws.TypeOf<CommandLineException>().With.Message.Contains("not available"));
}
