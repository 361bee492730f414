using System.Globalization;
using System.Runtime.InteropServices;
using NUnit.Framework;
using QmpHost.Client;
using QmpHost.Testing.Support;
using QmpHost.Tests.Support;

namespace QmpHost.Tests;

/// <summary>Running in the background.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class DaemonTests
{
    [TestCase("storage-daemon", "--monitor")]
    [TestCase("system", "-mon")]
    public async Task The_program_returns_when_its_socket_listens(string program, string monitor)
    {
        using var folder = new TestFolder();
        string[] machine = program == "system" ? ["-nodefaults", "-display", "none", "-machine", "none", "-S"] : [];

        // That this ends at all shows that the background process has let go of its standard streams: they are read to their end.
        ProgramResult result = await ProgramProcess.RunAsync(
            [program, .. machine, "--daemonize", "--pidfile", folder["pid"],
             "--chardev", $"socket,id=c,path={folder["qmp"]},server=on,wait=off", monitor, "chardev=c,mode=control"]);
        Assert.That(result, Is.EqualTo(new ProgramResult(0, "", "")));

        int id = int.Parse(await File.ReadAllTextAsync(folder["pid"]), CultureInfo.InvariantCulture);
        await using (QmpClient client = await QmpClient.ConnectUnixAsync(folder["qmp"]))
        {
            await client.NegotiateAsync();
            Assert.That(Directory.ResolveLinkTarget($"/proc/{id}/cwd", returnFinalTarget: false)!.FullName, Is.EqualTo("/"));

            // What it makes is not for others.
            Assert.That(await File.ReadAllLinesAsync($"/proc/{id}/status"), Has.Member("Umask:\t0027"));
            ProgramProcess.SendSignal(id, PosixSignal.SIGTERM);
            await client.Completion.WaitAsync(ProgramProcess.Patience);
        }

        await UntilGoneAsync(folder["pid"]);
        Assert.That(File.Exists(folder["qmp"]), Is.False);
    }

    [Test]
    public async Task What_fails_in_the_background_is_told_in_the_foreground()
    {
        ProgramResult result = await ProgramProcess.RunAsync("storage-daemon", "--daemonize", "--blockdev", "foo");

        Assert.That(result, Is.EqualTo(new ProgramResult(1, "", "qemu-storage-daemon: --blockdev foo: Parameter 'driver' does not accept value 'foo'\n")));
    }

    [Test]
    public async Task The_standard_streams_are_not_there_for_monitors()
    {
        ProgramResult result = await ProgramProcess.RunAsync("storage-daemon", "--daemonize", "--chardev", "stdio,id=a", "--monitor", "a");

        Assert.That(result, Is.EqualTo(new ProgramResult(1, "", "qemu-storage-daemon: --chardev stdio,id=a: cannot use stdio with -daemonize\n")));
    }

    // The file goes last, and its folder tells.
    private static async Task UntilGoneAsync(string path)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = new FileSystemWatcher(Path.GetDirectoryName(path)!) { EnableRaisingEvents = true };
        watcher.Deleted += (_, e) =>
        {
            if (e.FullPath == path)
            {
                gone.TrySetResult();
            }
        };
        if (File.Exists(path))
        {
            await gone.Task.WaitAsync(ProgramProcess.Patience);
        }
    }
}
