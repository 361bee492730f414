using NUnit.Framework;
using QmpHost.Testing.Support;
using QmpHost.Tests.Support;

namespace QmpHost.Tests;

/// <summary>Help and version, under each of the program's names.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class InformationTests
{
    [TestCase("storage-daemon", "--version", "qemu-storage-daemon version 7.2.")]
    [TestCase("storage-daemon", "-V", "qemu-storage-daemon version 7.2.")]
    [TestCase("system", "--version", "QEMU emulator version 7.2.")]
    [TestCase("system", "-version", "QEMU emulator version 7.2.")]
    [TestCase("storage-daemon", "--help", "Usage: qemu-storage-daemon [options]")]
    [TestCase("storage-daemon", "-h", "Usage: qemu-storage-daemon [options]")]
    [TestCase("system", "--help", "Usage: qemu-system-x86_64 [options]")]
    [TestCase("system", "-h", "Usage: qemu-system-x86_64 [options]")]
    public async Task A_program_tells_of_itself(string program, string option, string beginning)
    {
        ProgramResult result = await ProgramProcess.RunAsync(program, option);

        Assert.That(result.Output, Does.StartWith(beginning));
        Assert.That(result with { Output = "" }, Is.EqualTo(new ProgramResult(0, "", "")));
    }

    [TestCase("format=help")]
    [TestCase("if=none,format=?,werror=nonsense")]
    public async Task A_drives_format_may_ask_which_there_are(string drive)
    {
        ProgramResult result = await ProgramProcess.RunAsync("system", "-drive", drive);

        string[] lines = result.Output.Split('\n');
        Assert.That(lines, Has.Length.EqualTo(3));
        Assert.That(lines[0], Does.StartWith("Supported formats: blkdebug ").And.Contain(" qcow2 quorum raw "));
        Assert.That(lines[1], Is.EqualTo(lines[0].Replace("formats:", "formats (read-only):", StringComparison.Ordinal)));
        Assert.That(result with { Output = "" }, Is.EqualTo(new ProgramResult(0, "", "")));
    }

    [TestCase("qemu-storage-daemon", "qemu-storage-daemon version 7.2.")]
    [TestCase("qemu-storage-daemon-test", "qemu-storage-daemon version 7.2.")]
    [TestCase("qemu-system-x86_64", "QEMU emulator version 7.2.")]
    public async Task A_link_named_after_a_program_is_that_program(string name, string beginning)
    {
        using var folder = new TestFolder();
        File.CreateSymbolicLink(folder[name], ProgramProcess.ExecutablePath);

        ProgramResult version = await ProgramProcess.RunAsAsync(folder[name], "--version");
        ProgramResult wrong = await ProgramProcess.RunAsAsync(folder[name], "--nonsense");

        Assert.That(version.Output, Does.StartWith(beginning));
        Assert.That(version.ExitCode, Is.Zero);

        // The C library's option parser tells the name as it was called.
        Assert.That(wrong.Error, Does.StartWith(beginning.StartsWith("QEMU", StringComparison.Ordinal) ? name + ": " : folder[name] + ": "));
        Assert.That(wrong.ExitCode, Is.EqualTo(1));
    }

    [Test]
    public async Task A_link_of_another_name_is_the_program_itself()
    {
        using var folder = new TestFolder();
        File.CreateSymbolicLink(folder["other"], ProgramProcess.ExecutablePath);

        ProgramResult result = await ProgramProcess.RunAsAsync(folder["other"], "--help");

        Assert.That(result.Output, Does.Contain("storage-daemon").And.Contain("system").And.Contain("run"));
    }

    [TestCase("storage-daemon", "--nonsense", "qemu-storage-daemon: unrecognized option '--nonsense'\n")]
    [TestCase("storage-daemon", "-x", "qemu-storage-daemon: invalid option -- 'x'\n")]
    [TestCase("storage-daemon", "nonsense", "qemu-storage-daemon: nonsense: Unexpected argument\n")]
    [TestCase("storage-daemon", "--pidfile", "qemu-storage-daemon: option '--pidfile' requires an argument\n")]
    [TestCase("system", "--nonsense", "qemu-system-x86_64: --nonsense: invalid option\n")]
    [TestCase("system", "-nonsense", "qemu-system-x86_64: -nonsense: invalid option\n")]
    [TestCase("system", "-pidfile", "qemu-system-x86_64: -pidfile: requires an argument\n")]
    public async Task A_wrong_command_line_is_refused(string program, string argument, string error)
        => Assert.That(await ProgramProcess.RunAsync(program, argument), Is.EqualTo(new ProgramResult(1, "", error)));

    [Test]
    public async Task Without_arguments_the_program_says_what_it_takes()
    {
        ProgramResult result = await ProgramProcess.RunAsync();

        Assert.That(result.Output + result.Error, Does.Contain("storage-daemon"));
    }
}
