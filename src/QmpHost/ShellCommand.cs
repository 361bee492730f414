using System.CommandLine;
using QmpHost.Client;
using QmpHost.Shell;
using Spectre.Console;

namespace QmpHost;

/// <summary>"shell": an interactive QMP client for QmpHost and QEMU.</summary>
internal static class ShellCommand
{
    /// <summary>Makes the command.</summary>
    /// <returns>The command.</returns>
    public static Command Create()
    {
        var place = new Argument<string>("place") { Description = "Where QMP is served (PATH or tcp:HOST:PORT)." };
        var raw = new Option<bool>("--raw") { Description = "Show answers as they come, not indented." };
        var human = new Option<bool>("--hmp") { Description = "Speak to the human monitor." };
        var command = new Command("shell", "An interactive QMP client for QmpHost and QEMU; reads commands from standard input where that is no terminal.") { place, raw, human };
        command.SetAction((result, cancellationToken) => RunAsync(
            result.GetRequiredValue(place), result.GetValue(raw), result.GetValue(human), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string place, bool raw, bool human, CancellationToken cancellationToken)
    {
        try
        {
            await using QmpClient client = await QmpPlace.ConnectAsync(place, cancellationToken);
            await client.NegotiateAsync(cancellationToken: cancellationToken);
            if (Console.IsOutputRedirected)
            {
                AnsiConsole.Profile.Width = int.MaxValue / 2;
            }

            var session = new ShellSession(client, AnsiConsole.Console, raw, human);
            await session.LearnAsync();
            await (Console.IsInputRedirected ? ReadLinesAsync(session) : ConverseAsync(client, session, human));
            return 0;
        }
        catch (Exception e) when (e is IOException or FormatException or QmpConnectionException or System.Net.Sockets.SocketException)
        {
            await Console.Error.WriteLineAsync("qmphost: " + e.Message);
            return 1;
        }
    }

    private static async Task ReadLinesAsync(ShellSession session)
    {
        bool goesOn = true;
        while (goesOn && await Console.In.ReadLineAsync() is { } line)
        {
            goesOn = await session.ExecuteAsync(line);
            session.ShowEvents();
        }
    }

    private static async Task ConverseAsync(QmpClient client, ShellSession session, bool human)
    {
        AnsiConsole.MarkupLine($"[grey]QMP of QEMU {client.Greeting.Version}; .help helps[/]");
        ShellCompletion? completion = session.Schema is { } schema && !human ? new ShellCompletion(schema, session.Names) : null;
        var terminal = new ShellTerminal(human ? "(hmp) " : "(qmp) ", text => completion?.Complete(text) ?? []);
        bool goesOn = true;
        while (goesOn && await terminal.ReadAsync(session.ShowEvents, () => client.Completion.IsCompleted) is { } line)
        {
            goesOn = await session.ExecuteAsync(line);
            session.ShowEvents();
        }
    }
}
