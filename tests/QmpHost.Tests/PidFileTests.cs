using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using NUnit.Framework;
using QmpHost.Client;
using QmpHost.Testing.Support;
using QmpHost.Tests.Support;

namespace QmpHost.Tests;

/// <summary>The file with the process's number.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class PidFileTests
{
    private static readonly string[] Machine = ["-nodefaults", "-display", "none", "-machine", "none", "-S"];

    [TestCase("storage-daemon", "--monitor")]
    [TestCase("system", "-mon")]
    public async Task The_file_lives_as_long_as_the_program(string program, string monitor)
    {
        using var folder = new TestFolder();
        using var listener = new MonitorListener(folder["qmp"]);
        string[] machine = program == "system" ? Machine : [];
        await using var process = ProgramProcess.Start(
            [program, .. machine, "--pidfile", folder["pid"], "--chardev", $"socket,id=c,path={folder["qmp"]}", monitor, "chardev=c,mode=control"]);
        await using QmpClient client = await listener.NegotiateAsync(process);

        Assert.That(await File.ReadAllTextAsync(folder["pid"]), Is.EqualTo(process.Id.ToString(CultureInfo.InvariantCulture) + "\n"));
        ProgramResult second = await ProgramProcess.RunAsync("storage-daemon", "--pidfile", folder["pid"]);
        Assert.That(second, Is.EqualTo(new ProgramResult(
            1, "", "qemu-storage-daemon: cannot create PID file: Cannot lock pid file: Resource temporarily unavailable\n")));

        process.Signal(PosixSignal.SIGTERM);
        Assert.That((await process.FinishAsync()).ExitCode, Is.Zero);
        Assert.That(File.Exists(folder["pid"]), Is.False);
    }

    [Test]
    [UnsupportedOSPlatform("windows")]
    public async Task The_file_is_its_owners_and_a_link_to_it_stays()
    {
        using var folder = new TestFolder();
        using var listener = new MonitorListener(folder["qmp"]);
        File.CreateSymbolicLink(folder["link"], "pid");
        await using var process = ProgramProcess.Start(
            ["storage-daemon", "--pidfile", folder["link"], "--chardev", $"socket,id=c,path={folder["qmp"]}", "--monitor", "c"]);
        await using QmpClient client = await listener.NegotiateAsync(process);
        Assert.That(File.GetUnixFileMode(folder["pid"]), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));

        process.Signal(PosixSignal.SIGTERM);
        Assert.That((await process.FinishAsync()).ExitCode, Is.Zero);
        Assert.That(File.Exists(folder["pid"]), Is.False);
        Assert.That(new FileInfo(folder["link"]).LinkTarget, Is.EqualTo("pid"));
    }

    [Test]
    public async Task A_machine_writes_the_file_before_it_looks_at_what_it_shall_open()
    {
        using var folder = new TestFolder();

        Assert.That(
            await ProgramProcess.RunAsync(["system", .. Machine, "-pidfile", folder["missing/pid"], "-chardev", "foo,id=a"]),
            Is.EqualTo(new ProgramResult(
                1, "", $"qemu-system-x86_64: cannot create PID file: Could not create '{folder["missing/pid"]}': No such file or directory\n")));
    }

    // The messages were seen on the oracle.
    [TestCase("missing/pid", "No such file or directory")]
    [TestCase("file/pid", "Not a directory")]
    [TestCase("", "Is a directory")]
    public async Task A_file_that_cannot_be_made_ends_the_program(string name, string reason)
    {
        using var folder = new TestFolder();
        await File.WriteAllTextAsync(folder["file"], "");

        ProgramResult result = await ProgramProcess.RunAsync("storage-daemon", "--pidfile", folder[name]);

        Assert.That(result, Is.EqualTo(new ProgramResult(1, "", $"qemu-storage-daemon: cannot create PID file: Could not create '{folder[name]}': {reason}\n")));
    }

    [Test]
    public async Task A_file_without_a_name_ends_the_program()
        => Assert.That(
            await ProgramProcess.RunAsync("storage-daemon", "--pidfile", ""),
            Is.EqualTo(new ProgramResult(1, "", "qemu-storage-daemon: cannot create PID file: Could not create '': No such file or directory\n")));
}
