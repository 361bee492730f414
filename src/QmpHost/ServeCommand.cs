using System.CommandLine;
using System.Runtime.InteropServices;
using QmpHost.Control.Rpc;

namespace QmpHost;

/// <summary>"serve": hosts that clients of the control interface start and stop.</summary>
internal static class ServeCommand
{
    /// <summary>Makes the command.</summary>
    /// <returns>The command.</returns>
    public static Command Create()
    {
        var address = new Argument<string>("address") { Description = "PATH, unix:PATH or tcp:127.0.0.1:PORT (0 for any port).", Arity = ArgumentArity.ZeroOrOne };
        var openRpc = new Option<bool>("--openrpc") { Description = "Print the OpenRPC document that describes the interface, and end." };
        var command = new Command("serve", "Serves hosts by the thousand to clients of the control interface (JSON-RPC 2.0).") { address, openRpc };
        command.SetAction((result, cancellationToken) => RunAsync(result.GetValue(address), result.GetValue(openRpc)));
        return command;
    }

    private static async Task<int> RunAsync(string? address, bool openRpc)
    {
        if (openRpc)
        {
            await Console.Out.WriteLineAsync(ControlServer.Documentation);
            return 0;
        }

        if (string.IsNullOrEmpty(address))
        {
            await Console.Error.WriteLineAsync("qmphost: serve needs an address to listen on");
            return 2;
        }

        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        try
        {
            await using ControlServer server = ControlServer.Serve(address);
            await Console.Out.WriteLineAsync($"listening on {server.Address}");
            await end.Task;
            return 0;
        }
        catch (Exception e) when (e is IOException or FormatException)
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
