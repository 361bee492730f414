using System.CommandLine;
using QmpHost.Sessions;

namespace QmpHost;

/// <summary>"diff": plays a session on two sides and shows where they answer differently.</summary>
internal static class DiffCommand
{
    /// <summary>Makes the command.</summary>
    /// <returns>The command.</returns>
    public static Command Create()
    {
        var session = new Argument<FileInfo>("session") { Description = "The session file." };
        var left = new Argument<string>("left") { Description = "A release of QmpHost (7.2), qemu, or qemu:FOLDER with the folder of its programs." };
        var right = new Argument<string>("right") { Description = "Another one." };
        var command = new Command("diff", "Plays a session on two sides and shows where they answer differently.") { session, left, right };
        command.SetAction((result, cancellationToken) => RunAsync(
            result.GetRequiredValue(session).FullName, result.GetRequiredValue(left), result.GetRequiredValue(right), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string path, string left, string right, CancellationToken cancellationToken)
    {
        try
        {
            SessionSide[] sides = [SessionSide.Parse(left), SessionSide.Parse(right)];
            var session = SessionFile.Load(path);
            bool same = true;
            foreach (SessionProgram program in session.Programs)
            {
                string first = await sides[0].PlayAsync(session, program, cancellationToken);
                string second = await sides[1].PlayAsync(session, program, cancellationToken);
                string? difference = SessionComparison.Difference(first, second);
                same &= difference is null;
                await Console.Out.WriteLineAsync(difference is null
                    ? $"{program}: {sides[0].Name} and {sides[1].Name} say the same in {first.AsSpan().Count('\n')} lines"
                    : $"{program}: {sides[0].Name} and {sides[1].Name} differ\n{difference}");
            }

            return same ? 0 : 1;
        }
        catch (Exception e) when (e is SessionException or IOException or FormatException)
        {
            await Console.Error.WriteLineAsync("qmphost: " + e.Message);
            return 2;
        }
    }
}
