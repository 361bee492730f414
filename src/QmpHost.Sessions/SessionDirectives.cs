using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace QmpHost.Sessions;

/// <summary>What each directive does; the notation is described in <c>iotests/README.md</c>.</summary>
internal static class SessionDirectives
{
    public static ValueTask PlayAsync(SessionRun run, SessionStep step, CancellationToken cancellationToken) => step.Directive switch
    {
        "" => InputAsync(run, step, cancellationToken),
        "image" => SessionFiles.CreateImageAsync(run, step, cancellationToken),
        "pattern" => SessionFiles.WritePatternAsync(run, step, cancellationToken),
        "file" => SessionFiles.CreateFileAsync(run, step, cancellationToken),
        "remove" => SessionFiles.Remove(run, step),
        "dump" => SessionFiles.Dump(run, step),
        "run" => SessionTools.RunAsync(run, step, cancellationToken),
        "monitor" => Monitor(run, step),
        "start" => StartAsync(run, step, cancellationToken),
        "on" => On(run, step),
        "connect" => ConnectAsync(run, step, cancellationToken),
        "disconnect" => run.DetachAsync(step.Text),
        "send" => run.SendAsync(SessionWords.Unescape(run.Expand(step.Text), step.Line), run.Expand(step.Text), cancellationToken),
        "reply" => ReplyAsync(run, step, cancellationToken),
        "event" => EventAsync(run, step, cancellationToken),
        "until" => UntilAsync(run, step, cancellationToken),
        "stdout" => StandardOutputAsync(run, step, cancellationToken),
        "signal" => Signal(run, step),
        "clock" => ClockAsync(run, step, cancellationToken),
        "exit" => run.FinishAsync(cancellationToken),
        _ => throw new SessionException($"@{step.Directive} cannot stand here"),
    };

    private static async ValueTask InputAsync(SessionRun run, SessionStep step, CancellationToken cancellationToken)
    {
        string text = run.Expand(step.Text);
        await run.SendAsync(Encoding.UTF8.GetBytes(text + "\n"), text, cancellationToken);
        await run.ConsumeAsync(message => message.Kind == QmpMessageKind.Reply, "the reply", cancellationToken);
    }

    private static ValueTask Monitor(SessionRun run, SessionStep step)
    {
        IReadOnlyList<string> words = step.Words();
        if (words.Count is not (1 or 2))
        {
            throw new SessionException("expected @monitor NAME [OPTIONS]");
        }

        run.Declare(new SessionMonitor(words[0], words.Count > 1 ? words[1] : string.Empty));
        return ValueTask.CompletedTask;
    }

    private static async ValueTask StartAsync(SessionRun run, SessionStep step, CancellationToken cancellationToken)
    {
        run.Transcript.Note($"== start {run.Program.ToName()} {step.Text}".TrimEnd());
        var arguments = step.Words().Select(run.Expand).ToList();
        await run.StartAsync(arguments, cancellationToken);
    }

    private static ValueTask On(SessionRun run, SessionStep step)
    {
        run.SwitchTo(step.Text);
        return ValueTask.CompletedTask;
    }

    private static async ValueTask ConnectAsync(SessionRun run, SessionStep step, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> words = step.Words();
        if (words.Count != 2)
        {
            throw new SessionException("expected @connect NAME SOCKET");
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(run.Expand(words[1])), cancellationToken);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new SessionException($"cannot connect to {words[1]}: {e.Message}", e);
        }

        run.Attach(words[0], new NetworkStream(socket, ownsSocket: true));
        await run.GreetAsync(cancellationToken);
    }

    // "@reply", "@reply 3" or "@reply id=7".
    private static async ValueTask ReplyAsync(SessionRun run, SessionStep step, CancellationToken cancellationToken)
    {
        if (!int.TryParse(step.Text.Length == 0 ? "1" : step.Text, CultureInfo.InvariantCulture, out int count))
        {
            var condition = JsonCondition.Parse(step.Text, step.Line);
            await run.ConsumeAsync(
                message => message.Kind == QmpMessageKind.Reply && condition.Holds(message.Content),
                "the reply with " + step.Text,
                cancellationToken);
            return;
        }

        for (int i = 0; i < count; i++)
        {
            await run.ConsumeAsync(message => message.Kind == QmpMessageKind.Reply, "the reply", cancellationToken);
        }
    }

    private static async ValueTask EventAsync(SessionRun run, SessionStep step, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> words = step.Words();
        if (words.Count == 0)
        {
            throw new SessionException("expected @event NAME [path=value …]");
        }

        var conditions = words.Skip(1).Select(word => JsonCondition.Parse("data." + word, step.Line)).ToList();
        await run.ConsumeEventAsync(
            message => message.EventName == words[0] && conditions.TrueForAll(c => c.Holds(message.Content)),
            "event " + step.Text,
            cancellationToken);
    }

    private static async ValueTask UntilAsync(SessionRun run, SessionStep step, CancellationToken cancellationToken)
    {
        int blank = step.Text.IndexOf(' ', StringComparison.Ordinal);
        if (blank < 0)
        {
            throw new SessionException("expected @until path=value COMMAND");
        }

        var condition = JsonCondition.Parse(step.Text[..blank], step.Line);
        await run.PollAsync(run.Expand(step.Text[(blank + 1)..]), condition, cancellationToken);
    }

    private static async ValueTask StandardOutputAsync(SessionRun run, SessionStep step, CancellationToken cancellationToken)
    {
        while (!run.Host.StandardOutput.Contains(step.Text, StringComparison.Ordinal))
        {
            if (run.Host.Exit.IsCompleted)
            {
                throw new SessionException("the host ended without writing this");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), run.Options.TimeProvider, cancellationToken);
        }
    }

    private static ValueTask Signal(SessionRun run, SessionStep step)
    {
        run.Host.Signal(step.Text switch
        {
            "TERM" => SessionSignal.Terminate,
            "INT" => SessionSignal.Interrupt,
            "KILL" => SessionSignal.Kill,
            _ => throw new SessionException("expected @signal TERM, INT or KILL"),
        });
        return ValueTask.CompletedTask;
    }

    private static async ValueTask ClockAsync(SessionRun run, SessionStep step, CancellationToken cancellationToken) =>
        await run.Host.StepClockAsync(
            TimeSpan.FromMilliseconds(long.Parse(step.Text, CultureInfo.InvariantCulture)), cancellationToken);
}
