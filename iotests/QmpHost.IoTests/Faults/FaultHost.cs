using System.Text;
using QmpHost.Sessions;

namespace QmpHost.IoTests.Faults;

/// <summary>One of the two hosts that a case is played on: what it says, and what it leaves in its files.</summary>
internal sealed class FaultHost(ISessionTarget target) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private const string EventPrefix = "@event ";

    private readonly SessionFolder _folder = new();
    private ISessionHost? _host;
    private MonitorStream? _monitor;
    private string _lastSaid = "";
    private int _outputRead;
    private int _errorRead;

    /// <summary>The directory.</summary>
    public string Directory => _folder.Path;

    /// <summary>Whether the host is gone or does not answer.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Whether the host did not answer in time.</summary>
    public bool IsSilent { get; private set; }

    public async Task StartAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        _host = await target.StartAsync(
            new SessionStart
            {
                Program = SessionProgram.System,
                Arguments = [],
                Monitors = [new SessionMonitor("qmp", string.Empty)],
                Directory = _folder.Path,
            },
            patience.Token);
        _monitor = new MonitorStream("qmp", _host.Monitors["qmp"]);
        await _monitor.NextAsync(patience.Token);
        await ExecuteAsync("{\"execute\": \"qmp_capabilities\"}");
    }

    /// <summary>
    /// Sends a command and gives all that was said up to its reply, filtered. <c>@event TEXT</c> sends nothing and waits for an event that
    /// has the text; one that came before the last reply counts.
    /// </summary>
    public async Task<string> ExecuteAsync(string command)
    {
        string? awaited = command.StartsWith(EventPrefix, StringComparison.Ordinal) ? command[EventPrefix.Length..] : null;
        if (awaited is null ? CaseFiles.Play(_folder.Path, command) : NeedNotCome(awaited))
        {
            return "";
        }

        var said = new StringBuilder();
        var filter = new TranscriptFilter(_folder.Path);
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            string text = command.Replace("$DIR", _folder.Path, StringComparison.Ordinal);
            if (awaited is null)
            {
                await _monitor!.SendAsync(Encoding.UTF8.GetBytes(text + "\n"), patience.Token);
            }

            while (true)
            {
                if (await _monitor!.NextAsync(patience.Token) is not { } message)
                {
                    HasEnded = true;
                    return said.Append("(ended)\n").ToString();
                }

                said.Append(filter.Message(message.Text).TrimEnd()).Append('\n');
                if (awaited is null ? message.Kind == QmpMessageKind.Reply : message.Text.Contains(awaited, StringComparison.Ordinal))
                {
                    return _lastSaid = said.ToString();
                }
            }
        }
        catch (OperationCanceledException)
        {
            HasEnded = true;
            IsSilent = true;
            return said.Append("(no answer)\n").ToString();
        }
    }

    /// <summary>Sends commands one after the other and gives all that was said and printed, filtered.</summary>
    public async Task<string> PlayAsync(IEnumerable<string> commands)
    {
        var said = new StringBuilder();
        foreach (string command in commands)
        {
            if (!HasEnded)
            {
                said.Append(await ExecuteAsync(command));
            }
        }

        return said.Append(TakePrinted()).ToString();
    }

    /// <summary>What was printed since the last call, filtered.</summary>
    public string TakePrinted()
    {
        var filter = new TranscriptFilter(_folder.Path);
        string output = _host!.StandardOutput;
        string error = _host.StandardError;
        string taken = filter.Output(output[_outputRead..]) + "stderr:\n" + filter.Output(error[_errorRead..]);
        _outputRead = output.Length;
        _errorRead = error.Length;
        return taken;
    }

    public async ValueTask DisposeAsync()
    {
        if (_monitor is not null)
        {
            await _monitor.DisposeAsync();
        }

        if (_host is not null)
        {
            await Task.WhenAny(_host.DisposeAsync().AsTask(), Task.Delay(Patience));
        }

        _folder.Dispose();
    }

    // It came already, or there is no job from which it would.
    private bool NeedNotCome(string awaited)
        => _lastSaid.Contains(awaited, StringComparison.Ordinal) || !_lastSaid.Contains("JOB_STATUS_CHANGE", StringComparison.Ordinal);
}
