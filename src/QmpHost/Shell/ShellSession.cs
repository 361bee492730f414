using System.Globalization;
using QmpHost.Client;
using QmpHost.Qapi;
using Spectre.Console;

namespace QmpHost.Shell;

/// <summary>The shell without its terminal: carries lines out and shows what comes.</summary>
internal sealed class ShellSession
{
    private const int BarWidth = 30;

    private readonly QmpClient _client;
    private readonly IAnsiConsole _console;
    private readonly bool _isHuman;
    private bool _isRaw;

    /// <summary>Makes a session.</summary>
    /// <param name="client">The client, which has negotiated.</param>
    /// <param name="console">Where answers and events are shown.</param>
    /// <param name="isRaw">Whether as they came, rather than indented.</param>
    /// <param name="isHuman">Whether lines are for the human monitor.</param>
    public ShellSession(QmpClient client, IAnsiConsole console, bool isRaw, bool isHuman)
    {
        _client = client;
        _console = console;
        _isRaw = isRaw;
        _isHuman = isHuman;
    }

    /// <summary>What the shell knows beside the commands of the server.</summary>
    public static IReadOnlyList<string> OwnCommands { get; } = [".help", ".jobs", ".pretty", ".quit", ".raw"];

    /// <summary>The server's schema, once it was asked for.</summary>
    public QmpSchema? Schema { get; private set; }

    /// <summary>Asks for the schema, as far as the server has one.</summary>
    public async Task LearnAsync()
    {
        try
        {
            Schema = new QmpSchema((QList)await _client.ExecuteAsync("query-qmp-schema"));
        }
        catch (QmpException)
        {
            // Then nothing is completed, and types are guessed.
        }
    }

    /// <summary>Carries a line out.</summary>
    /// <returns>A task with false when the shell is to end.</returns>
    /// <exception cref="QmpConnectionException">The server is gone.</exception>
    public async Task<bool> ExecuteAsync(string line)
    {
        line = line.Trim();
        if (line.StartsWith('.'))
        {
            return await ExecuteOwnAsync(line);
        }

        if (line.Length == 0)
        {
            return true;
        }

        try
        {
            ShellLine parsed = _isHuman ? Human(line) : ShellLine.Parse(line, Schema);
            QObject result = await _client.ExecuteAsync(parsed.Command, parsed.Arguments);
            if (_isHuman)
            {
                _console.Write(new Text(((QString)result).Value.ReplaceLineEndings("\n")));
            }
            else
            {
                Show(result);
            }

            return parsed.Command != "quit";
        }
        catch (QmpException e)
        {
            _console.MarkupLine($"[red]{Markup.Escape(e.ErrorClass.ToString())}[/]: {Markup.Escape(e.MessageWithHint)}");
            return true;
        }
    }

    /// <summary>Shows the events that have come.</summary>
    /// <returns>Whether there were any.</returns>
    public bool ShowEvents()
    {
        bool any = false;
        while (_client.PullEvent() is { } qmpEvent)
        {
            any = true;
            string time = qmpEvent.Timestamp.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
            _console.MarkupLine(_isRaw
                ? Markup.Escape(qmpEvent.Raw.ToString())
                : $"[grey]{time}[/] [yellow]{Markup.Escape(qmpEvent.Name)}[/] {Markup.Escape(qmpEvent.Data?.ToString() ?? string.Empty)}");
        }

        return any;
    }

    /// <summary>The names that there are just now, for completion.</summary>
    /// <param name="kind">"node" or "job".</param>
    public IReadOnlyList<string> Names(string kind)
    {
        (string command, string member) = kind == "job" ? ("query-jobs", "id") : ("query-named-block-nodes", "node-name");
        try
        {
            var list = (QList)_client.ExecuteAsync(command).WaitAsync(TimeSpan.FromSeconds(2)).GetAwaiter().GetResult();
            return [.. list.OfType<QDict>().Select(item => ((QString)item[member]).Value)];
        }
        catch (Exception e) when (e is QmpException or TimeoutException or QmpConnectionException)
        {
            return [];
        }
    }

    private static ShellLine Human(string line)
    {
        var arguments = new QDict();
        arguments.Add("command-line", new QString(line));
        return new ShellLine("human-monitor-command", arguments);
    }

    private async Task<bool> ExecuteOwnAsync(string line)
    {
        switch (line)
        {
            case ".quit":
                return false;
            case ".raw":
                _isRaw = true;
                break;
            case ".pretty":
                _isRaw = false;
                break;
            case ".jobs":
                await ShowJobsAsync();
                break;
            default:
                _console.WriteLine("COMMAND NAME=VALUE NAME.MEMBER=VALUE ..., or an object in JSON; Tab completes.");
                _console.WriteLine(".jobs shows jobs, .raw and .pretty say how answers are shown, .quit leaves the server alone.");
                break;
        }

        return true;
    }

    private async Task ShowJobsAsync()
    {
        var table = new Table().AddColumns("job", "type", "status", "progress").Border(TableBorder.Minimal);
        foreach (QDict job in ((QList)await _client.ExecuteAsync("query-jobs")).OfType<QDict>())
        {
            double done = double.Parse(job["current-progress"].ToString(), CultureInfo.InvariantCulture);
            double total = double.Parse(job["total-progress"].ToString(), CultureInfo.InvariantCulture);
            double share = total > 0 ? Math.Clamp(done / total, 0, 1) : 0;
            int filled = (int)(share * BarWidth);
            string bar = new string('█', filled) + new string('░', BarWidth - filled);
            table.AddRow(Name(job, "id"), Name(job, "type"), Name(job, "status"), string.Create(CultureInfo.InvariantCulture, $"{bar} {share:P0}"));
        }

        _console.Write(table);
    }

    private static string Name(QDict job, string member) => Markup.Escape(((QString)job[member]).Value);

    private void Show(QObject result)
    {
        if (_isRaw)
        {
            _console.WriteLine(result.ToString());
            return;
        }

        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        var writer = new QapiWriter(buffer, pretty: true);
        writer.WriteObject(result);
        writer.Flush();
        foreach (string line in System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan).Split('\n'))
        {
            int colon = line.IndexOf("\": ", StringComparison.Ordinal);
            _console.MarkupLine(colon < 0 || line.TrimStart()[0] != '"'
                ? Markup.Escape(line)
                : $"[blue]{Markup.Escape(line[..(colon + 1)])}[/]{Markup.Escape(line[(colon + 1)..])}");
        }
    }
}
