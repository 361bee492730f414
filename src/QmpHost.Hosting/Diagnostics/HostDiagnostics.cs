using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using QmpHost.Protocol.Server;
using QmpHost.Qapi;

namespace QmpHost.Hosting.Diagnostics;

/// <summary>What a host tells those who watch it from outside: commands, errors and events, as log messages and as counters.</summary>
/// <remarks>The counters are those of all hosts of the process, in the meter "QmpHost". Nothing is computed for what nobody listens to.</remarks>
/// <param name="log">Where messages go.</param>
internal sealed partial class HostDiagnostics(ILogger log) : IQmpCommandObserver
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "QmpHost";

    private static readonly Meter Counters = new(MeterName);

    private static readonly Counter<long> Commands = Counters.CreateCounter<long>("qmphost.commands", description: "QMP commands that were executed.");

    private static readonly Counter<long> Errors = Counters.CreateCounter<long>("qmphost.errors", description: "QMP commands that failed.");

    private static readonly Histogram<double> Durations
        = Counters.CreateHistogram<double>("qmphost.command.duration", unit: "s", description: "Time that QMP commands took.");

    private static readonly Counter<long> Events = Counters.CreateCounter<long>("qmphost.events", description: "Events that were sent to monitors.");

    private static readonly UpDownCounter<long> Hosts = Counters.CreateUpDownCounter<long>("qmphost.hosts", description: "Hosts that run.");

    /// <inheritdoc/>
    public bool IsWatching => log.IsEnabled(LogLevel.Debug) || Commands.Enabled || Durations.Enabled || Errors.Enabled;

    /// <summary>Counts a host that has started.</summary>
    public static void HostStarted() => Hosts.Add(1);

    /// <summary>Counts a host that has ended.</summary>
    public static void HostEnded() => Hosts.Add(-1);

    /// <inheritdoc/>
    public void OnExecuted(string command, TimeSpan taken, string? error)
    {
        var name = new KeyValuePair<string, object?>("command", command);
        Commands.Add(1, name);
        Durations.Record(taken.TotalSeconds, name);
        if (error is null)
        {
            LogCommand(command, taken.TotalMilliseconds);
        }
        else
        {
            Errors.Add(1, name);
            LogError(command, taken.TotalMilliseconds, error);
        }
    }

    /// <summary>Tells of an event on its way to the monitors.</summary>
    public void OnEvent(QapiEvent qapiEvent)
    {
        if (Events.Enabled)
        {
            Events.Add(1, new KeyValuePair<string, object?>("event", qapiEvent.Name));
        }

        LogEvent(qapiEvent.Name);
    }

    [LoggerMessage(1, LogLevel.Debug, "{Command} {Milliseconds:F3} ms", EventName = "qmp_command")]
    private partial void LogCommand(string command, double milliseconds);

    [LoggerMessage(2, LogLevel.Debug, "{Command} {Milliseconds:F3} ms: {Error}", EventName = "qmp_error")]
    private partial void LogError(string command, double milliseconds, string error);

    [LoggerMessage(3, LogLevel.Debug, "{Event}", EventName = "qapi_event")]
    private partial void LogEvent(string @event);
}
