using System.CommandLine;
using QmpHost.Qapi;
using QmpHost.Running;
using QmpHost.Sessions;

namespace QmpHost;

/// <summary>"run": plays a recorded session and prints its transcript.</summary>
internal static class RunCommand
{
    /// <summary>Makes the command.</summary>
    /// <returns>The command.</returns>
    public static Command Create()
    {
        var session = new Argument<FileInfo>("session") { Description = "The session file." };
        var oracle = new Option<bool>("--oracle") { Description = "Play it on the installed QEMU instead." };
        var release = new Option<string?>("--release") { Description = "Play it under this release." };
        var check = new Option<bool>("--check") { Description = "Compare with the transcripts beside the file; print only a difference." };
        var command = new Command("run", "Plays a recorded session and prints its transcript.") { session, oracle, check, release };
        command.SetAction((result, cancellationToken) => PlayAsync(
            result.GetRequiredValue(session).FullName,
            result.GetValue(oracle),
            result.GetValue(release) ?? Environment.GetEnvironmentVariable(ProfileChoice.Variable),
            result.GetValue(check),
            cancellationToken));
        return command;
    }

    private static string TranscriptOf(string path, SessionProgram program, VersionProfile profile)
    {
        string own = SessionFile.TranscriptPath(path, program, profile.ToString());
        return File.Exists(own) ? own : SessionFile.TranscriptPath(path, program);
    }

    private static async Task<int> PlayAsync(string path, bool isOracle, string? release, bool check, CancellationToken cancellationToken)
    {
        if (!VersionProfile.TryParse(release ?? VersionProfile.Default.ToString(), out VersionProfile? profile))
        {
            await Console.Error.WriteLineAsync($"qmphost: '{release}' is not a known release: there are {VersionProfile.KnownText}");
            return 2;
        }

        ProcessTarget target = isOracle ? ProcessTarget.Oracle() : ProcessTarget.QmpHost(OwnProgram.Command()[^1], profile.ToString());
        IImageTools tools = QemuImageTools.AreInstalled ? new QemuImageTools() : new HostImageTools(target);
        var player = new SessionPlayer(new SessionPlayerOptions { Target = target, Tools = tools });
        bool same = true;
        try
        {
            var session = SessionFile.Load(path);
            foreach (SessionProgram program in session.Programs)
            {
                string transcript = await player.PlayAsync(session, program, cancellationToken);
                string? difference = check
                    ? SessionComparison.Difference(await File.ReadAllTextAsync(TranscriptOf(path, program, profile), cancellationToken), transcript)
                    : null;
                same &= difference is null;
                await Console.Out.WriteAsync(check ? difference : transcript);
            }

            return same ? 0 : 1;
        }
        catch (Exception e) when (e is SessionException or IOException)
        {
            await Console.Error.WriteLineAsync("qmphost: " + e.Message);
            return 2;
        }
    }
}
