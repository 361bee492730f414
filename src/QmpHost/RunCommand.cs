using System.CommandLine;

namespace QmpHost;

/// <summary>"run": plays a recorded session and prints its transcript.</summary>
internal static class RunCommand
{
    /// <summary>Makes the command.</summary>
    /// <returns>The command.</returns>
    public static Command Create()
    {
        var session = new Argument<FileInfo>("session") { Description = "The session file." };
        var command = new Command("run", "Plays a recorded session and prints its transcript.") { session };
        command.SetAction((result, cancellationToken) => PlayAsync(result.GetRequiredValue(session), cancellationToken));
        return command;
    }

    private static Task<int> PlayAsync(FileInfo session, CancellationToken cancellationToken)
    {
        throw new NotImplementedException(session.FullName + cancellationToken);
    }
}
