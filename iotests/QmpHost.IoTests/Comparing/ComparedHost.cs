using System.Text;
using System.Text.Json;
using QmpHost.IoTests.Harness;
using QmpHost.Sessions;

namespace QmpHost.IoTests.Comparing;

/// <summary>One of the two hosts of a compared session, with a directory of its own.</summary>
internal sealed class ComparedHost : IAsyncDisposable
{
    // Of jobs in other states something is still to come by itself.
    private static readonly string[] SettledStates = ["paused", "ready", "standby", "pending", "concluded", "null"];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly SessionFolder _folder = new();
    private readonly TranscriptFilter _filter;
    private readonly List<string> _events = [];
    private ISessionHost? _host;
    private MonitorStream? _monitor;

    public ComparedHost(SessionImages? images)
    {
        _filter = new TranscriptFilter(_folder.Path);
        images?.CopyTo(_folder.Path);
    }

    /// <summary>The host's directory.</summary>
    public string Directory => _folder.Path;

    /// <summary>How the host ended, or null while it runs.</summary>
    public string? Ending { get; private set; }

    public async Task StartAsync(ISessionTarget target, SessionProgram program, IReadOnlyList<string> arguments)
    {
        using var patience = new CancellationTokenSource(Patience);
        var start = new SessionStart
        {
            Program = program,
            Arguments = [.. arguments.Select(Expand)],
            Monitors = [new SessionMonitor("qmp", string.Empty)],
            Directory = _folder.Path,
        };
        _host = await target.StartAsync(start, patience.Token);
        if (!_host.Monitors.TryGetValue("qmp", out Stream? stream))
        {
            throw new SessionException($"{target.Name} did not start: {_host.StandardError}");
        }

        _monitor = new MonitorStream("qmp", stream);
        await _monitor.NextAsync(patience.Token);
        await ExecuteAsync("{\"execute\": \"qmp_capabilities\"}");
    }

    /// <summary>Sends a command and gives its reply, filtered; null if the host has ended or does not answer.</summary>
    public async Task<string?> ExecuteAsync(string command) => (await ReplyAsync(command))?.Text is { } text ? _filter.Message(text) : null;

    /// <summary>The result of a command, outside of the comparison.</summary>
    public async Task<JsonElement?> AskAsync(string command) =>
        await ReplyAsync(command) is { } reply && reply.Content.TryGetProperty("return", out JsonElement result) ? result : null;

    /// <summary>Waits until no job does anything by itself any more.</summary>
    public async Task SettleAsync()
    {
        long began = Environment.TickCount64;
        while (Ending is null && Environment.TickCount64 - began < Patience.TotalMilliseconds / 4
            && await AskAsync("{\"execute\": \"query-jobs\"}") is { } jobs
            && jobs.EnumerateArray().Any(static job => !SettledStates.Contains(job.GetProperty("status").GetString())))
        {
            await Task.Delay(2);
        }
    }

    /// <summary>The events since the last call, filtered.</summary>
    public IReadOnlyList<string> TakeEvents(int atMost)
    {
        List<string> taken = [.. _events.Take(atMost)];
        _events.RemoveRange(0, taken.Count);
        return taken;
    }

    public int EventCount => _events.Count;

    public async ValueTask DisposeAsync()
    {
        if (_monitor is not null)
        {
            await _monitor.DisposeAsync();
        }

        // A host that hangs must not hang the comparison too.
        if (_host is not null)
        {
            await Task.WhenAny(_host.DisposeAsync().AsTask(), Task.Delay(Patience));
        }

        _folder.Dispose();
    }

    private string Expand(string text) => text.Replace("$DIR", _folder.Path, StringComparison.Ordinal);

    private async Task<QmpMessage?> ReplyAsync(string command)
    {
        if (Ending is not null)
        {
            return null;
        }

        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await _monitor!.SendAsync(Encoding.UTF8.GetBytes(Expand(command) + "\n"), patience.Token);
            while (await _monitor.NextAsync(patience.Token) is { } message)
            {
                if (message.Kind == QmpMessageKind.Reply)
                {
                    return message;
                }

                _events.Add(_filter.Message(message.Text).TrimEnd());
            }

            await Task.WhenAny(_host!.Exit, Task.Delay(Patience));
            Ending = $"ended with {(_host.Exit.IsCompletedSuccessfully ? await _host.Exit : -1)}: {_host.StandardError.Trim()}";
        }
        catch (OperationCanceledException)
        {
            Ending = $"did not answer within {Patience.TotalSeconds} s";
        }

        return null;
    }
}
