using System.Runtime.InteropServices;
using NUnit.Framework;
using QmpHost.Client;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using QmpHost.Testing.Support;
using QmpHost.Tests.Support;

namespace QmpHost.Tests;

/// <summary>Signals end the program as its own command would: jobs cancelled, images written and closed.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class SignalTests
{
    [TestCase(PosixSignal.SIGTERM)]
    [TestCase(PosixSignal.SIGINT)]
    [TestCase(PosixSignal.SIGHUP)]
    public async Task A_signal_cancels_jobs_and_closes_images(PosixSignal signal)
    {
        using var folder = new TestFolder();
        await CreateImageAsync(folder);
        using var listener = new MonitorListener(folder["qmp"]);
        await using var process = Start(folder);
        await using QmpClient client = await listener.NegotiateAsync(process);
        await ExecuteAsync(client, "block-dirty-bitmap-add", "{'node':'disk','name':'b','persistent':true}");
        await ExecuteAsync(client, "blockdev-backup", "{'job-id':'slow','device':'disk','target':'target','sync':'none'}");

        process.Signal(signal);
        QmpEvent cancelled = await client.WaitForEventAsync("BLOCK_JOB_CANCELLED");
        Assert.That(cancelled.Data!.ToString(), Does.Contain("slow"));
        ProgramResult result = await process.FinishAsync();

        Assert.That(result.ExitCode, Is.Zero);
        await AssertBitmapIsCleanAsync(folder);
    }

    [Test]
    public Task The_system_emulator_says_which_signal_it_was()
        => AssertSystemTellsAsync(PosixSignal.SIGTERM, 15, static arguments => ProgramProcess.Start(arguments));

    [TestCase(PosixSignal.SIGINT, 2)]
    [TestCase(PosixSignal.SIGHUP, 1)]
    public Task A_signal_that_the_starter_ignores_is_taken_all_the_same(PosixSignal signal, int number)
        => AssertSystemTellsAsync(signal, number, static arguments => ProgramProcess.StartAs(
            "/bin/sh", ["-c", "trap '' INT HUP; exec \"$0\" \"$@\"", ProgramProcess.ExecutablePath, .. arguments]));

    [TestCase("sigraise 15", 0)]
    [TestCase("sigraise 9", 128 + 9)]
    [TestCase("abort", 128 + 6)]
    public async Task A_command_of_qemu_io_sends_the_process_a_signal(string command, int exitCode)
    {
        using var folder = new TestFolder();
        using var listener = new MonitorListener(folder["qmp"]);
        await using ProgramProcess process = ProgramProcess.Start(
            "system", "-nodefaults", "-display", "none", "-machine", "none", "-S", "-blockdev", "null-co,node-name=n", "-qmp", $"unix:{folder["qmp"]}");
        await using QmpClient client = await listener.NegotiateAsync(process);

        try
        {
            await ExecuteAsync(client, "human-monitor-command", $$"""{'command-line':'qemu-io n "{{command}}"'}""");
        }
        catch (QmpConnectionException)
        {
            // There is nobody left to answer.
        }

        ProgramResult result = await process.FinishAsync();
        Assert.That(result.ExitCode, Is.EqualTo(exitCode));
    }

    private static async Task AssertSystemTellsAsync(PosixSignal signal, int number, Func<string[], ProgramProcess> start)
    {
        using var folder = new TestFolder();
        using var listener = new MonitorListener(folder["qmp"]);
        await using ProgramProcess process = start(
            ["system", "-nodefaults", "-display", "none", "-machine", "none", "-S", "-qmp", $"unix:{folder["qmp"]}"]);
        await using QmpClient client = await listener.NegotiateAsync(process);

        process.Signal(signal);
        ProgramResult result = await process.FinishAsync();

        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.Error, Does.StartWith($"qemu-system-x86_64: terminating on signal {number}"));
    }

    private static ProgramProcess Start(TestFolder folder) => ProgramProcess.Start(
        "storage-daemon",
        "--blockdev", $"qcow2,node-name=disk,file.driver=file,file.filename={folder["disk"]}",
        "--blockdev", "null-co,node-name=target,size=1048576",
        "--chardev", $"socket,id=c,path={folder["qmp"]}",
        "--monitor", "c");

    private static async Task CreateImageAsync(TestFolder folder)
    {
        await File.WriteAllBytesAsync(folder["disk"], []);
        using var listener = new MonitorListener(folder["create"]);
        await using var process = ProgramProcess.Start(
            "storage-daemon", "--blockdev", $"file,node-name=file,filename={folder["disk"]}", "--chardev", $"socket,id=c,path={folder["create"]}", "--monitor", "c");
        await using QmpClient client = await listener.NegotiateAsync(process);
        await ExecuteAsync(client, "blockdev-create", "{'job-id':'j','options':{'driver':'qcow2','file':'file','size':1048576}}");
        while ((await client.WaitForEventAsync("JOB_STATUS_CHANGE")).Data!["status"].ToString() != "\"concluded\"")
        {
        }

        await ExecuteAsync(client, "quit", "{}");
        await process.FinishAsync();
    }

    // A bitmap that was written when the image was closed is not marked as inconsistent.
    private static async Task AssertBitmapIsCleanAsync(TestFolder folder)
    {
        File.Delete(folder["qmp"]);
        using var listener = new MonitorListener(folder["qmp"]);
        await using ProgramProcess process = Start(folder);
        await using QmpClient client = await listener.NegotiateAsync(process);
        string nodes = (await client.ExecuteAsync("query-named-block-nodes")).ToString()!;
        Assert.That(nodes, Does.Contain("\"name\": \"b\"").And.Not.Contain("inconsistent"));
    }

    private static Task<QObject> ExecuteAsync(QmpClient client, string command, string arguments)
        => client.ExecuteAsync(command, (QDict)JsonParser.Parse(arguments));
}
