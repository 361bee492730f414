using NUnit.Framework;
using QmpHost.Testing.Support;
using QmpHost.Tests.Support;

namespace QmpHost.Tests;

/// <summary>"run": recorded sessions played by the program itself.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class RunCommandTests
{
    private static readonly string Sessions = FindSessions();

    [Test]
    public async Task A_session_gives_its_transcript()
    {
        string session = Path.Combine(Sessions, "protocol", "framing.session");

        ProgramResult played = await ProgramProcess.RunAsync("run", session);
        ProgramResult compared = await ProgramProcess.RunAsync("run", "--check", session);

        Assert.That(played.Error, Is.Empty);
        Assert.That(played.Output, Does.StartWith("== start system").And.Contain("\n<- {\"return\": {}}\n"));
        Assert.That(compared, Is.EqualTo(new ProgramResult(0, "", "")));
    }

    [Test]
    public async Task A_difference_is_shown_and_told_by_the_status()
    {
        using var folder = new TestFolder();
        await File.WriteAllTextAsync(folder["a.session"], "@start\n{\"execute\": \"qmp_capabilities\"}\n{\"execute\": \"quit\"}\n");
        await File.WriteAllTextAsync(folder["a.transcript"], "== start system\nsomething else\n");

        ProgramResult result = await ProgramProcess.RunAsync("run", "--check", folder["a.session"]);

        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Output, Does.Contain("something else"));
    }

    [Test]
    public async Task A_session_that_cannot_be_played_is_an_error()
    {
        using var folder = new TestFolder();
        await File.WriteAllTextAsync(folder["a.session"], "@nonsense\n");

        ProgramResult result = await ProgramProcess.RunAsync("run", folder["a.session"]);

        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(result.Error, Does.StartWith("qmphost: ").And.Contain("nonsense"));
    }

    private static string FindSessions()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            string sessions = Path.Combine(folder, "iotests", "sessions");
            if (Directory.Exists(sessions))
            {
                return sessions;
            }
        }

        throw new DirectoryNotFoundException("iotests/sessions is nowhere above the tests");
    }
}
