using NUnit.Framework;
using QmpHost.Testing.Support;
using QmpHost.Tests.Support;

namespace QmpHost.Tests;

/// <summary>What the program has that QEMU has not, from outside.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ControlProgramTests
{
    [Test]
    public async Task A_shell_a_proxy_and_a_picture_work_on_a_daemon_whose_conversation_is_logged()
    {
        using var folder = new TestFolder();
        await using ProgramProcess daemon = ProgramProcess.Start(
            "storage-daemon", "--chardev", $"socket,id=c,path={folder["qmp"]},server=on,wait=off", "--monitor", "chardev=c",
            "--control", folder["control"], "--log-qmp", folder["log"]);
        await ExistsAsync(folder["qmp"]);

        ProgramResult added = await ShellAsync(folder["qmp"], "blockdev-add driver=null-co node-name=disk size=1048576\nquery-jobs\nblockdev-del node-name=none\n");
        ProgramResult picture = await ProgramProcess.RunAsync("graph", folder["qmp"], "--format", "mermaid");
        await using ProgramProcess proxy = ProgramProcess.Start(
            "record", folder["qmp"], "--listen", folder["front"], "--output", folder["s.session"], "--program", "storage-daemon");
        await ExistsAsync(folder["front"]);
        await ShellAsync(folder["front"], "blockdev-del node-name=disk\n");
        proxy.Signal(System.Runtime.InteropServices.PosixSignal.SIGTERM);
        ProgramResult recorded = await proxy.FinishAsync();
        daemon.Signal(System.Runtime.InteropServices.PosixSignal.SIGTERM);
        ProgramResult ended = await daemon.FinishAsync();

        Assert.That(added.Output, Does.Contain("[").And.Contain("GenericError: Failed to find node with node-name='none'"));
        Assert.That(picture.Output, Does.StartWith("flowchart TD").And.Contain("disk<br>null-co"));
        Assert.That(recorded.Output, Does.Contain("3 commands in"));
        Assert.That(await File.ReadAllTextAsync(folder["s.session"]), Does.StartWith("@programs storage-daemon\n@start\n").And.Contain("\"blockdev-del\""));
        Assert.That(ended, Is.EqualTo(new ProgramResult(0, "", "")));
        Assert.That(await File.ReadAllTextAsync(folder["log"]), Does.Contain("-> {\"execute\": \"blockdev-add\"").And.Contain("<- {\"return\": {}"));
    }

    [TestCase("--control", "tcp:0.0.0.0:1", "loopback")]
    [TestCase("--log-qmp", "/nowhere/log", "/nowhere")]
    public async Task What_cannot_be_opened_is_refused_as_other_options_are(string option, string value, string reason)
    {
        ProgramResult result = await ProgramProcess.RunAsync("storage-daemon", option, value);

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.StartWith("qemu-storage-daemon: ").And.Contain(reason));
    }

    [Test]
    public async Task Health_is_told_of_a_control_interface_and_of_nothing_else()
    {
        using var folder = new TestFolder();
        await using ProgramProcess daemon = ProgramProcess.Start(
            "storage-daemon", "--chardev", $"socket,id=c,path={folder["qmp"]},server=on,wait=off", "--monitor", "chardev=c", "--control", folder["control"]);
        await ExistsAsync(folder["qmp"]);

        ProgramResult healthy = await ProgramProcess.RunAsync("health", folder["control"]);
        ProgramResult wrong = await ProgramProcess.RunAsync("health", folder["qmp"]);
        ProgramResult absent = await ProgramProcess.RunAsync("health", folder["nowhere"]);
        daemon.Signal(System.Runtime.InteropServices.PosixSignal.SIGTERM);
        await daemon.FinishAsync();

        Assert.That(healthy, Is.EqualTo(new ProgramResult(0, "1 hosts\n", "")));
        Assert.That(wrong.ExitCode, Is.EqualTo(1));
        Assert.That(wrong.Error, Does.StartWith("qmphost: this is no control interface: {\"QMP\""));
        Assert.That(absent.ExitCode, Is.EqualTo(1));
    }

    [Test]
    public async Task A_verdict_is_given_over_a_folder_of_sessions()
    {
        using var folder = new TestFolder();
        await File.WriteAllTextAsync(folder["a.session"], "@start\n{\"execute\": \"qmp_capabilities\"}\n{\"execute\": \"quit\"}\n");

        ProgramResult unknown = await ProgramProcess.RunAsync("verify", folder["a.session"]);
        ProgramResult same = await ProgramProcess.RunAsync("diff", folder["a.session"], "7.2", "7.1");

        Assert.That(unknown.Output, Does.Contain("not recorded"));
        Assert.That(same.Output, Does.Contain("QmpHost as 7.2 and QmpHost as 7.1 differ").And.Contain("\"minor\": 1"));
    }

    // There is nothing to wait for but the file.
    private static async Task ExistsAsync(string path)
    {
        using var watcher = new FileSystemWatcher(Path.GetDirectoryName(path)!);
        var made = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        watcher.Created += (_, e) =>
        {
            if (e.FullPath == path)
            {
                made.TrySetResult();
            }
        };
        watcher.EnableRaisingEvents = true;
        if (!File.Exists(path))
        {
            await made.Task.WaitAsync(ProgramProcess.Patience);
        }
    }

    private static async Task<ProgramResult> ShellAsync(string place, string lines)
    {
        await using ProgramProcess shell = ProgramProcess.Start("shell", "--raw", place);
        await shell.Input.WriteAsync(System.Text.Encoding.UTF8.GetBytes(lines));
        shell.Input.Close();
        return await shell.FinishAsync();
    }
}
