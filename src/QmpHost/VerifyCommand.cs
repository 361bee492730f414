using System.CommandLine;
using System.Globalization;
using QmpHost.Qapi;
using QmpHost.Sessions;

namespace QmpHost;

/// <summary>"verify": plays recorded sessions, compares with what QEMU said, and gives a verdict.</summary>
internal static class VerifyCommand
{
    /// <summary>Makes the command.</summary>
    /// <returns>The command.</returns>
    public static Command Create()
    {
        var places = new Argument<string[]>("sessions") { Description = "Session files, or folders of them.", Arity = ArgumentArity.OneOrMore };
        var release = new Option<string>("--release") { Description = "The release.", DefaultValueFactory = static _ => VersionProfile.Default.ToString() };
        var live = new Option<bool>("--qemu") { Description = "Compare with the installed QEMU instead of what was recorded." };
        var command = new Command("verify", "Plays recorded sessions on QmpHost, compares with what QEMU said, and gives a verdict.") { places, release, live };
        command.SetAction((result, cancellationToken) => RunAsync(
            result.GetRequiredValue(places), result.GetRequiredValue(release), result.GetValue(live), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string[] places, string release, bool live, CancellationToken cancellationToken)
    {
        try
        {
            var profile = VersionProfile.Parse(release);
            var verdict = new Verdict(live ? "as QEMU says" : $"as recorded by QEMU {profile}");
            SessionSide own = SessionSide.OfRelease(profile);
            SessionSide? oracle = live ? SessionSide.Parse("qemu") : null;
            foreach (string path in places.SelectMany(FilesOf))
            {
                var session = SessionFile.Load(path);
                foreach (SessionProgram program in session.Programs)
                {
                    string? expected = oracle is null ? Recorded(path, program, profile) : await oracle.PlayAsync(session, program, cancellationToken);
                    verdict.Add($"{path} ({program})", expected, expected is null ? "" : await own.PlayAsync(session, program, cancellationToken));
                }
            }

            return verdict.Tell();
        }
        catch (Exception e) when (e is SessionException or IOException or FormatException)
        {
            await Console.Error.WriteLineAsync("qmphost: " + e.Message);
            return 2;
        }
    }

    private static IEnumerable<string> FilesOf(string place)
        => Directory.Exists(place) ? Directory.EnumerateFiles(place, "*.session", SearchOption.AllDirectories).Order(StringComparer.Ordinal) : [Path.GetFullPath(place)];

    private static string? Recorded(string path, SessionProgram program, VersionProfile profile)
    {
        string own = SessionFile.TranscriptPath(path, program, profile.ToString());
        string usual = SessionFile.TranscriptPath(path, program);
        return File.Exists(own) ? File.ReadAllText(own)
            : profile.ToString() == VersionProfile.Default.ToString() && File.Exists(usual) ? File.ReadAllText(usual)
            : null;
    }

    private sealed class Verdict(string standard)
    {
        private int _sessions;
        private int _lines;
        private int _different;
        private int _unknown;

        public void Add(string name, string? expected, string played)
        {
            if (expected is null)
            {
                _unknown++;
                Console.Out.WriteLine($"{name}: not recorded");
            }
            else if (SessionComparison.Difference(expected, played) is { } difference)
            {
                _different++;
                Console.Out.WriteLine($"{name}: different\n{difference}");
            }
            else
            {
                _sessions++;
                _lines += expected.AsSpan().Count('\n');
            }
        }

        public int Tell()
        {
            string skipped = _unknown > 0 ? string.Create(CultureInfo.InvariantCulture, $"; {_unknown} not recorded") : string.Empty;
            string verdict = _different > 0 ? string.Create(CultureInfo.InvariantCulture, $"{_different} different, {_sessions} same") : _sessions > 0 ? "same" : "nothing to compare";
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{verdict} {standard}: {_lines:N0} lines in {_sessions} sessions{skipped}"));
            return _different > 0 || _sessions == 0 ? 1 : 0;
        }
    }
}
