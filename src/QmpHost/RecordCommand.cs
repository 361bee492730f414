using System.CommandLine;
using System.Runtime.InteropServices;
using QmpHost.Control.Recording;

namespace QmpHost;

/// <summary>"record": stands between a client and QEMU or QmpHost, and writes what they say as a session.</summary>
internal static class RecordCommand
{
    /// <summary>Makes the command.</summary>
    /// <returns>The command.</returns>
    public static Command Create()
    {
        var server = new Argument<string>("server") { Description = "Where QMP is served (PATH or tcp:HOST:PORT)." };
        var listen = new Option<string>("--listen") { Description = "The unix socket for the client.", Required = true };
        var output = new Option<FileInfo>("--output", "-o") { Description = "The session file to write at the end.", Required = true };
        var program = new Option<string>("--program") { Description = "system or storage-daemon.", DefaultValueFactory = static _ => "system" };
        program.AcceptOnlyFromAmong("system", "storage-daemon");
        var command = new Command("record", "Stands between a client and QEMU or QmpHost, and writes what they say as a session and, beside it, as it was said (.log). Ends with SIGTERM or SIGINT.")
        {
            server, listen, output, program,
        };
        command.SetAction((result, _) => RunAsync(
            result.GetRequiredValue(server), result.GetRequiredValue(listen), result.GetRequiredValue(output).FullName, result.GetRequiredValue(program)));
        return command;
    }

    private static async Task<int> RunAsync(string server, string listen, string output, string program)
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        try
        {
            IReadOnlyList<RecordEntry> entries;
            await using (var proxy = new QmpProxy(listen, cancellationToken => QmpPlace.OpenAsync(server, cancellationToken)))
            {
                await Console.Out.WriteLineAsync($"listening on {listen}");
                await end.Task;
                entries = proxy.Entries();
            }

            await File.WriteAllTextAsync(output, SessionText.Of(entries, program));
            await File.WriteAllLinesAsync(output + ".log", entries.Select(static entry => entry.ToString()));
            await Console.Out.WriteLineAsync($"{entries.Count(static entry => entry.Kind == RecordKind.Command)} commands in {output}");
            return 0;
        }
        catch (IOException e)
        {
            await Console.Error.WriteLineAsync("qmphost: " + e.Message);
            return 1;
        }

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            end.TrySetResult();
        }
    }
}
