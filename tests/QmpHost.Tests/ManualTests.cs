using System.Diagnostics;
using NUnit.Framework;
using QmpHost.Testing.Support;
using QmpHost.Tests.Support;

namespace QmpHost.Tests;

/// <summary>The manual page and the completion of shells, both made from the program's commands.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ManualTests
{
    [Test]
    public async Task The_manual_page_tells_of_every_command_and_option()
    {
        ProgramResult page = await ProgramProcess.RunAsync("man");

        Assert.That(page.Output, Does.StartWith(".TH QMPHOST 1 "));
        foreach (string said in new[] { ".SS storage\\-daemon\n", ".SS verify\n", "\\fB\\-\\-qemu\\fR\n", "\\fB\\-\\-release\\fR \\fIrelease\\fR\n", "\\fBQMPHOST_PROFILE\\fR\n" })
        {
            Assert.That(page.Output, Does.Contain(said));
        }

        // A dash that is not escaped would be set as a hyphen, which no shell takes for an option's.
        Assert.That(page.Output.Split('\n').Where(static line => !line.StartsWith('.')), Has.None.Match(@"(^|[^\\])--"));
    }

    [TestCase("qmphost ver", "verify")]
    [TestCase("qmphost completion f", "fish")]
    [TestCase("qmphost verify --q", "--qemu")]
    public async Task The_program_says_how_a_line_may_go_on(string line, string word)
    {
        ProgramResult result = await ProgramProcess.RunAsync($"[suggest:{line.Length}]", line);

        Assert.That(result.Output.Split('\n'), Has.Member(word));
        Assert.That(result with { Output = "" }, Is.EqualTo(new ProgramResult(0, "", "")));
    }

    [Test]
    public async Task Bash_completes_with_the_script()
    {
        if (!File.Exists("/bin/bash"))
        {
            Assert.Ignore("bash is missing.");
        }

        using var folder = new TestFolder();
        File.CreateSymbolicLink(folder["qmphost"], ProgramProcess.ExecutablePath);
        string script = (await ProgramProcess.RunAsync("completion", "bash")).Output;
        await File.WriteAllTextAsync(folder["test"], $"{script}\nCOMP_LINE='qmphost ver' COMP_POINT=11 COMP_CWORD=1\nCOMP_WORDS=(qmphost ver)\n_qmphost\necho \"${{COMPREPLY[@]}}\"\n");
        using Process bash = Process.Start(new ProcessStartInfo("/bin/bash", [folder["test"]])
        {
            RedirectStandardOutput = true,
            Environment = { ["PATH"] = $"{folder.Path}:{Environment.GetEnvironmentVariable("PATH")}" },
        })!;
        string output = await bash.StandardOutput.ReadToEndAsync().WaitAsync(ProgramProcess.Patience);

        Assert.That(output, Is.EqualTo("verify\n"));
    }
}
