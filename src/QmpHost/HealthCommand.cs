using System.CommandLine;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace QmpHost;

/// <summary>"health": whether a control interface answers, for those who keep it running.</summary>
internal static class HealthCommand
{
    private const string Question = """{"jsonrpc": "2.0", "id": 1, "method": "hosts.list"}""";

    /// <summary>Makes the command.</summary>
    /// <returns>The command.</returns>
    public static Command Create()
    {
        var address = new Argument<string>("address") { Description = "PATH, unix:PATH or tcp:HOST:PORT of what \"serve\" or --control offers." };
        var limit = new Option<double>("--timeout") { Description = "How many seconds it may take to answer.", DefaultValueFactory = static _ => 5 };
        var command = new Command("health", "Asks a control interface for its hosts; fails where no answer comes.") { address, limit };
        command.SetAction((result, cancellationToken) => RunAsync(result.GetRequiredValue(address), result.GetValue(limit), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string address, double limit, CancellationToken cancellationToken)
    {
        if (!(limit > 0 && limit <= 3600))
        {
            await Console.Error.WriteLineAsync("qmphost: health takes a time-out of more than 0 and at most 3600 seconds");
            return 2;
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(TimeSpan.FromSeconds(limit));
        try
        {
            await Console.Out.WriteLineAsync($"{await CountHostsAsync(address, timeout.Token)} hosts");
            return 0;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return await FailAsync($"no answer within {limit} s");
        }
        catch (Exception e) when (e is IOException or SocketException or FormatException)
        {
            return await FailAsync(e.Message);
        }
    }

    private static async Task<int> CountHostsAsync(string address, CancellationToken cancellationToken)
    {
        await using Stream stream = await QmpPlace.OpenAsync(address, cancellationToken);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(Question + "\n"), cancellationToken);
        using var reader = new StreamReader(stream);
        string answer = await reader.ReadLineAsync(cancellationToken) ?? throw new IOException("the connection was closed without an answer");
        return Parse(answer) is JsonObject message && message["result"] is JsonArray hosts
            ? hosts.Count
            : throw new IOException("this is no control interface: " + answer[..Math.Min(answer.Length, 100)]);
    }

    private static JsonNode? Parse(string answer)
    {
        try
        {
            return JsonNode.Parse(answer);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async Task<int> FailAsync(string reason)
    {
        await Console.Error.WriteLineAsync("qmphost: " + reason);
        return 1;
    }
}
