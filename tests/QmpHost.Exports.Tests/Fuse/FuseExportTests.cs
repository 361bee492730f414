using QmpHost.Exports.Tests.Support;
using QmpHost.Qapi;

namespace QmpHost.Exports.Tests.Fuse;

/// <summary>Nodes as files, through the machine's own kernel; skipped where nothing can be mounted.</summary>
[TestFixture]
[Platform("Linux")]
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public class FuseExportTests
{
    [Test]
    public async Task The_file_is_the_disk()
    {
        await using TestHost host = await MountAsync("\"writable\": true");
        string path = host.File("mount");
        Assert.That(new FileInfo(path).Length, Is.EqualTo(1048576));
        byte[] data = new byte[200000];
        Random.Shared.NextBytes(data);
        await using (FileStream file = File.Open(path, FileMode.Open, FileAccess.ReadWrite))
        {
            file.Position = 12345;
            await file.WriteAsync(data);
            file.Flush(flushToDisk: true);
        }

        byte[] all = await File.ReadAllBytesAsync(path);
        Assert.That(all, Has.Length.EqualTo(1048576));
        Assert.That(all.AsSpan(12345, data.Length).SequenceEqual(data));
        Assert.That((await File.ReadAllBytesAsync(host.File("disk"))).AsSpan().SequenceEqual(all));
    }

    [Test]
    public async Task Writes_behind_the_end_fail_unless_the_disk_may_grow([Values] bool growable)
    {
        await using TestHost host = await MountAsync($"\"writable\": true, \"growable\": {(growable ? "true" : "false")}");
        using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(host.File("mount"), FileMode.Open, FileAccess.ReadWrite);
        if (growable)
        {
            RandomAccess.Write(file, new byte[24], 1048576 + 1000);
            Assert.That(new FileInfo(host.File("disk")).Length, Is.EqualTo(1048576 + 1024));
        }
        else
        {
            Assert.Throws<IOException>(() => RandomAccess.Write(file, new byte[24], 1048576 + 1000));
        }
    }

    [Test]
    public async Task The_length_may_be_changed_through_the_file()
    {
        await using TestHost host = await MountAsync("\"writable\": true");
        await using FileStream file = File.Open(host.File("mount"), FileMode.Open, FileAccess.ReadWrite);
        file.SetLength(2097152);
        Assert.That(new FileInfo(host.File("disk")).Length, Is.EqualTo(2097152));
    }

    [Test]
    public async Task What_is_not_writable_refuses_writes_and_permissions_for_them()
    {
        await using TestHost host = await MountAsync("\"writable\": false");
        string path = host.File("mount");
        Assert.That(File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead));
        Assert.Catch(() => File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.Catch(() =>
        {
            using FileStream file = File.Open(path, FileMode.Open, FileAccess.Write);
            file.WriteByte(1);
            file.Flush();
        });
    }

    [Test]
    public async Task A_mount_point_serves_one_export()
    {
        await using TestHost host = await MountAsync("\"writable\": true");
        QmpException? refusal = Assert.ThrowsAsync<QmpException>(() => host.AddExportAsync(Options(host, "g", "\"writable\": true")));
        Assert.That(refusal!.Message, Is.EqualTo($"There already is a FUSE export on '{host.File("mount")}'"));

        // By another name it is a file like any other, which this very host has to answer for.
        await host.AddExportAsync($$"""{"type": "fuse", "id": "g", "node-name": "n", "mountpoint": "{{host.File("./mount")}}"}""");
        await host.RemoveExportAsync("g");
        Assert.That(new FileInfo(host.File("mount")).Length, Is.EqualTo(1048576));
    }

    [Test]
    public async Task An_open_file_does_not_keep_its_export()
    {
        await using TestHost host = await MountAsync("\"writable\": true");
        string path = host.File("mount");
        await using FileStream file = File.OpenRead(path);
        Assert.That(file.ReadByte(), Is.Zero);
        await host.RemoveExportAsync("f");
        Assert.That(host.Events, Has.Count.EqualTo(1));
        Assert.That(new FileInfo(path).Length, Is.Zero);
        Assert.Catch<IOException>(() => _ = RandomAccess.Read(file.SafeFileHandle, new byte[10], 500000));
    }

    private static async Task<TestHost> MountAsync(string options)
    {
        var host = new TestHost();
        await using (FileStream file = File.Create(host.File("disk")))
        {
            file.SetLength(1048576);
        }

        await File.WriteAllBytesAsync(host.File("mount"), []);
        await host.AddNodeAsync($$"""{"driver": "file", "node-name": "n", "filename": "{{host.File("disk")}}"}""");
        try
        {
            await host.AddExportAsync(Options(host, "f", options));
        }
        catch (QmpException e) when (e.Message == "Failed to mount FUSE session to export")
        {
            await host.DisposeAsync();
            Assert.Ignore($"nothing can be mounted here: {string.Join(", ", host.Reports)}");
        }

        return host;
    }

    private static string Options(TestHost host, string id, string options)
        => $$"""{"type": "fuse", "id": "{{id}}", "node-name": "n", "mountpoint": "{{host.File("mount")}}", {{options}}}""";
}
