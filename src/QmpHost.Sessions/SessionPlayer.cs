namespace QmpHost.Sessions;

/// <summary>Plays sessions and returns their transcripts.</summary>
public sealed class SessionPlayer
{
    private readonly SessionPlayerOptions _options;

    /// <summary>Creates a player.</summary>
    public SessionPlayer(SessionPlayerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
    }

    /// <summary>Plays a session on one program, in a fresh directory that is removed afterwards.</summary>
    /// <returns>The filtered transcript.</returns>
    /// <exception cref="SessionException">
    /// The session could not be played to its end; the message ends with the transcript so far.
    /// </exception>
    public async Task<string> PlayAsync(SessionFile session, SessionProgram program, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        using var folder = new SessionFolder();
        await using var run = new SessionRun(_options, program, folder.Path);
        foreach (SessionStep step in session.Steps)
        {
            await PlayStepAsync(run, session, step, cancellationToken);
        }

        await PlayStepAsync(run, session, new SessionStep(0, "exit", string.Empty), cancellationToken);
        return run.TranscriptText;
    }

    private async Task PlayStepAsync(SessionRun run, SessionFile session, SessionStep step, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_options.StepTimeout, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            if (_options.Pace > TimeSpan.Zero && run.IsStarted)
            {
                await Task.Delay(_options.Pace, _options.TimeProvider, either.Token);
            }

            await SessionDirectives.PlayAsync(run, step, either.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw Failure(run, session, step, "nothing came in time", null);
        }
        catch (SessionException e)
        {
            throw Failure(run, session, step, e.Message, e);
        }
    }

    private static SessionException Failure(SessionRun run, SessionFile session, SessionStep step, string what, Exception? cause)
    {
        string message = $"{session.Name}, line {step.Line} (@{step.Directive} {step.Text}): {what}\n"
            + $"--- transcript so far ---\n{run.TranscriptText}{run.OutputSoFar}";
        return cause is null ? new SessionException(message) : new SessionException(message, cause);
    }
}
