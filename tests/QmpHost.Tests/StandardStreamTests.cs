using System.Text;
using NUnit.Framework;
using QmpHost.Client;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using QmpHost.Testing.Support;
using QmpHost.Tests.Support;

namespace QmpHost.Tests;

/// <summary>Monitors on standard input and output.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class StandardStreamTests
{
    private static readonly string[] System = ["system", "-nodefaults", "-display", "none", "-machine", "none", "-accel", "tcg", "-S"];

    [TestCase("storage-daemon", "--chardev", "stdio,id=a", "--monitor", "a")]
    [TestCase("system", "-nodefaults", "-display", "none", "-machine", "none", "-S", "-qmp", "stdio")]
    public async Task A_control_monitor_answers_what_was_written_before_the_end_of_input(params string[] arguments)
    {
        await using var process = ProgramProcess.Start(arguments);
        await process.Input.WriteAsync("{'execute':'qmp_capabilities'}{'execute':'query-jobs'}{'execute':'quit'}"u8.ToArray());
        process.Input.Close();

        ProgramResult result = await process.FinishAsync();

        string[] lines = result.Output.Split("\r\n");
        Assert.That(lines[0], Does.StartWith("{\"QMP\": "));
        Assert.That(lines[1..3], Is.EqualTo(["{\"return\": {}}", "{\"return\": []}"]));
        Assert.That(lines[3..], Has.One.EqualTo("{\"return\": {}}"));
        Assert.That(result.ExitCode, Is.Zero);
    }

    [Test]
    public async Task A_program_ends_although_its_input_stays_open()
    {
        await using var process = ProgramProcess.Start("storage-daemon", "--chardev", "stdio,id=a", "--monitor", "a");
        await process.Input.WriteAsync("{'execute':'qmp_capabilities'}{'execute':'quit'}"u8.ToArray());
        await process.Input.FlushAsync();

        Assert.That((await process.FinishAsync()).ExitCode, Is.Zero);
    }

    [Test]
    public async Task The_end_of_input_ends_no_program()
    {
        await using var lasting = ProgramProcess.Start("storage-daemon", "--chardev", "stdio,id=a", "--monitor", "a");
        lasting.Input.Close();
        byte[] greeting = new byte[8];
        await lasting.Output.ReadExactlyAsync(greeting).AsTask().WaitAsync(ProgramProcess.Patience);
        lasting.Signal(global::System.Runtime.InteropServices.PosixSignal.SIGTERM);
        Assert.That(Encoding.ASCII.GetString(greeting), Is.EqualTo("{\"QMP\": "));
        Assert.That((await lasting.FinishAsync()).ExitCode, Is.Zero);
    }

    // A shell leads the streams to where nothing can be written.
    [Test]
    public async Task What_nobody_can_read_fails_no_command()
    {
        using var folder = new TestFolder();
        using var listener = new MonitorListener(folder["qmp"]);
        await using var process = ProgramProcess.StartAs(
            "/bin/sh", ["-c", "exec \"$0\" \"$@\" >/dev/full 2>&1", ProgramProcess.ExecutablePath, .. System, "-qmp", $"unix:{folder["qmp"]}"]);
        await using QmpClient client = await listener.NegotiateAsync(process);
        await client.ExecuteAsync("blockdev-add", Arguments("{'driver': 'null-co', 'node-name': 'n'}"));

        QObject answer = await client.ExecuteAsync("human-monitor-command", Arguments("{'command-line': 'qemu-io n \"read 0 4k\"'}"));

        Assert.That(answer.ToString(), Is.EqualTo("\"\""));
        await client.ExecuteAsync("quit");
        Assert.That((await process.FinishAsync()).ExitCode, Is.Zero);
    }

    [Test]
    public async Task A_monitor_whose_answers_nobody_can_read_goes_on()
    {
        await using var process = ProgramProcess.StartAs(
            "/bin/sh", ["-c", "exec \"$0\" \"$@\" >/dev/full", ProgramProcess.ExecutablePath, .. System, "-qmp", "stdio"]);
        await process.Input.WriteAsync("{'execute':'qmp_capabilities'}{'execute':'quit'}"u8.ToArray());
        await process.Input.FlushAsync();

        Assert.That((await process.FinishAsync()).ExitCode, Is.Zero);
    }

    [Test]
    public async Task The_human_monitor_prompts_and_answers()
    {
        await using var process = ProgramProcess.Start([.. System, "-name", "guest", "-monitor", "stdio"]);

        // The input stays open: a read that is under way must not keep the program.
        await process.Input.WriteAsync("info name\nquit\n"u8.ToArray());
        await process.Input.FlushAsync();

        ProgramResult result = await process.FinishAsync();

        Assert.That(result.Output, Does.StartWith("QEMU 7.2.").And.Contain("monitor - type 'help' for more information\r\n(qemu) ").And.Contain("guest\r\n"));
        Assert.That(result.ExitCode, Is.Zero);
    }

    [Test]
    public async Task Only_one_device_can_have_the_standard_streams()
    {
        ProgramResult result = await ProgramProcess.RunAsync("storage-daemon", "--chardev", "stdio,id=a", "--chardev", "stdio,id=b");

        Assert.That(result.Error, Is.EqualTo("qemu-storage-daemon: --chardev stdio,id=b: cannot use stdio by multiple character devices\n"));
        Assert.That(result.ExitCode, Is.EqualTo(1));
    }

    private static QDict Arguments(string text) => (QDict)JsonParser.Parse(text);
}
