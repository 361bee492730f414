namespace QmpHost.Sessions;

/// <summary><c>@run TOOL ARGUMENTS</c>: an independent program that judges or uses what the host made.</summary>
internal static class SessionTools
{
    public static async ValueTask RunAsync(SessionRun run, SessionStep step, CancellationToken cancellationToken)
    {
        var words = step.Words().Select(run.Expand).ToList();
        if (words.Count == 0)
        {
            throw new SessionException("expected @run TOOL [ARGUMENTS]");
        }

        run.Transcript.Note("$ " + step.Text);
        if (ExecutablePath.Find(words[0]) is null)
        {
            run.Transcript.Note(SessionComparison.NotInstalled);
            return;
        }

        ToolResult result = await ToolRunner.RunAsync(words[0], words[1..], run.Directory, cancellationToken);
        run.Transcript.Output(result.Output);
        run.Transcript.Output(result.Error);
        if (result.ExitCode != 0)
        {
            run.Transcript.Note($"? {result.ExitCode}");
        }
    }
}
