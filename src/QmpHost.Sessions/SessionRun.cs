using System.Text;

namespace QmpHost.Sessions;

/// <summary>The state of one session while it is played: its files, its host, its monitors, its transcript.</summary>
internal sealed class SessionRun : IAsyncDisposable
{
    private readonly Dictionary<string, MonitorStream> _monitors = [];
    private readonly List<SessionMonitor> _declared = [];
    private readonly List<QmpMessage> _sinceInput = [];
    private readonly List<(string Mark, QmpMessage Message)> _greetings = [];
    private ISessionHost? _host;
    private MonitorStream? _current;

    public SessionRun(SessionPlayerOptions options, SessionProgram program, string directory)
    {
        Options = options;
        Program = program;
        Directory = directory;
        Transcript = new Transcript(new TranscriptFilter(directory));
    }

    public SessionPlayerOptions Options { get; }

    public SessionProgram Program { get; }

    public string Directory { get; }

    public Transcript Transcript { get; }

    public string TranscriptText => Transcript.ToString();

    /// <summary>Formats of the images made so far, by file name.</summary>
    public Dictionary<string, string> Formats { get; } = [];

    public bool IsStarted => _host is not null;

    public ISessionHost Host => _host ?? throw new SessionException("nothing was started");

    public string OutputSoFar => _host is null ? string.Empty : $"--- output ---\n{_host.StandardOutput}{_host.StandardError}";

    private MonitorStream Current => _current ?? throw new SessionException("no monitor is connected");

    // With a single monitor the marks in the transcript need no name.
    private string Mark => _monitors.Count > 1 || _declared.Count > 1 ? Current.Name : string.Empty;

    /// <summary>Replaces <c>$DIR</c> by the session's directory.</summary>
    public string Expand(string text) => text.Replace("$DIR", Directory, StringComparison.Ordinal);

    public string FilePath(string name) => Path.Combine(Directory, name);

    public void Declare(SessionMonitor monitor) => _declared.Add(monitor);

    public async ValueTask StartAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        if (_declared.Count == 0)
        {
            _declared.Add(new SessionMonitor("qmp", string.Empty));
        }

        _host = await Options.Target.StartAsync(
            new SessionStart { Program = Program, Arguments = arguments, Monitors = _declared, Directory = Directory },
            cancellationToken);
        foreach ((string name, Stream stream) in _host.Monitors)
        {
            Attach(name, stream);
            await AwaitGreetingOrEndAsync(cancellationToken);
        }

        if (_monitors.Count > 0)
        {
            SwitchTo(_declared[0].Name);
        }
    }

    public void Attach(string name, Stream stream)
    {
        _current = new MonitorStream(name, stream);
        _monitors.Add(name, _current);
    }

    public async ValueTask DetachAsync(string name)
    {
        if (!_monitors.Remove(name, out MonitorStream? monitor))
        {
            throw new SessionException($"there is no monitor '{name}'");
        }

        await monitor.DisposeAsync();
        _current = ReferenceEquals(_current, monitor) ? _monitors.Values.FirstOrDefault() : _current;
    }

    public void SwitchTo(string name)
    {
        _current = _monitors.TryGetValue(name, out MonitorStream? monitor)
            ? monitor
            : throw new SessionException($"there is no monitor '{name}'");
        _sinceInput.Clear();
    }

    // A host that refuses its command line may have connected its monitors before, and may or may not have greeted: a
    // greeting is shown with the first input.
    private async ValueTask AwaitGreetingOrEndAsync(CancellationToken cancellationToken)
    {
        if (await Current.NextAsync(cancellationToken) is { } message)
        {
            _greetings.Add((Mark, message));
        }
    }

    private void ShowGreetings()
    {
        foreach ((string mark, QmpMessage message) in _greetings)
        {
            Transcript.Message(mark, message);
        }

        _greetings.Clear();
    }

    public async ValueTask GreetAsync(CancellationToken cancellationToken) =>
        await ConsumeAsync(message => message.Kind == QmpMessageKind.Greeting, "a greeting", cancellationToken);

    public async ValueTask SendAsync(byte[] bytes, string shown, CancellationToken cancellationToken)
    {
        ShowGreetings();
        Transcript.Input(Mark, shown);
        _sinceInput.Clear();
        await Current.SendAsync(bytes, cancellationToken);
    }

    /// <summary>Writes messages of the current monitor to the transcript up to the first that is wanted.</summary>
    public async ValueTask ConsumeAsync(Func<QmpMessage, bool> wanted, string what, CancellationToken cancellationToken)
    {
        while (true)
        {
            QmpMessage message = await Current.NextAsync(cancellationToken)
                ?? throw new SessionException($"the monitor was closed while waiting for {what}");
            Transcript.Message(Mark, message);
            if (wanted(message))
            {
                return;
            }

            _sinceInput.Add(message);
        }
    }

    /// <summary>
    /// The same for an event. One that has come since the last input, before the reply say, counts as well: whether a command
    /// finishes its work before or after its reply is seen in the transcript, not in the script.
    /// </summary>
    public async ValueTask ConsumeEventAsync(Predicate<QmpMessage> wanted, string what, CancellationToken cancellationToken)
    {
        int seen = _sinceInput.FindIndex(wanted);
        if (seen >= 0)
        {
            _sinceInput.RemoveRange(0, seen + 1);
            return;
        }

        _sinceInput.Clear();
        await ConsumeAsync(message => wanted(message), what, cancellationToken);
    }

    /// <summary>
    /// Executes a command again and again, outside of the transcript, until the condition holds for its reply.
    /// Events that arrive meanwhile go to the transcript.
    /// </summary>
    public async ValueTask PollAsync(string command, JsonCondition condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Current.SendAsync(Encoding.UTF8.GetBytes(command), cancellationToken);
            QmpMessage? message;
            while ((message = await Current.NextAsync(cancellationToken)) is { Kind: not QmpMessageKind.Reply })
            {
                Transcript.Message(Mark, message);
            }

            if (message is null)
            {
                throw new SessionException("the monitor was closed while polling");
            }

            if (condition.Holds(message.Content))
            {
                return;
            }
        }
    }

    /// <summary>Writes what is left on every monitor until the host has ended, then its output and exit code.</summary>
    public async ValueTask FinishAsync(CancellationToken cancellationToken)
    {
        if (_host is null)
        {
            return;
        }

        foreach (MonitorStream monitor in _monitors.Values)
        {
            _current = monitor;
            while (await monitor.NextAsync(cancellationToken) is { } message)
            {
                Transcript.Message(Mark, message);
            }
        }

        int exit = await _host.Exit.WaitAsync(cancellationToken);
        Transcript.Section("standard output", _host.StandardOutput);
        Transcript.Section("standard error", _host.StandardError);
        Transcript.Note($"== exit {exit}");
        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (MonitorStream monitor in _monitors.Values)
        {
            await monitor.DisposeAsync();
        }

        _monitors.Clear();
        _declared.Clear();
        _greetings.Clear();
        _current = null;
        if (_host is not null)
        {
            await _host.DisposeAsync();
            _host = null;
        }
    }
}
