using System.CommandLine;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost;

/// <summary>"lint": which commands, members and behaviours of a conversation exist in which releases.</summary>
internal static class LintCommand
{
    private const string InputMark = "-> ";

    /// <summary>Makes the command.</summary>
    /// <returns>The command.</returns>
    public static Command Create()
    {
        var session = new Argument<FileInfo>("session") { Description = "A session file, a transcript, or requests one on each line." };
        var release = new Option<string[]>("--release") { Description = "A release; give several. All known ones by default." };
        var command = new Command("lint", "Says which parts of a conversation exist or answer differently in which releases.") { session, release };
        command.SetAction(result => Run(result.GetRequiredValue(session).FullName, result.GetValue(release) ?? []));
        return command;
    }

    private static int Run(string path, string[] releases)
    {
        try
        {
            VersionProfile[] profiles = releases.Length > 0
                ? [.. releases.Select(VersionProfile.Parse)]
                : [.. VersionProfile.Known.Select(static release => new VersionProfile(release))];
            var lint = new ConversationLint(profiles);
            int number = 0;
            foreach (string line in File.ReadLines(path))
            {
                Judge(lint, ++number, line);
            }

            IReadOnlyList<string> findings = lint.Findings();
            foreach (string finding in findings)
            {
                Console.Out.WriteLine(finding);
            }

            return findings.Count == 0 ? 0 : 1;
        }
        catch (Exception e) when (e is FormatException or IOException)
        {
            Console.Error.WriteLine("qmphost: " + e.Message);
            return 2;
        }
    }

    // A transcript marks input by an arrow, behind the monitor's name where there are several.
    private static void Judge(ConversationLint lint, int number, string line)
    {
        int arrow = line.IndexOf(InputMark, StringComparison.Ordinal);
        string text = arrow >= 0 && line.IndexOf('{', StringComparison.Ordinal) > arrow ? line[(arrow + InputMark.Length)..] : line;
        if (!text.TrimStart().StartsWith('{'))
        {
            return;
        }

        try
        {
            if (JsonParser.Parse(text) is QDict request && request.TryGetValue("execute", out QObject? name) && name is QString command)
            {
                lint.Add(number, command.Value, request.TryGetValue("arguments", out QObject? arguments) ? arguments as QDict : null);
            }
        }
        catch (QmpException)
        {
            // Conversations hold malformed input on purpose.
        }
    }
}
