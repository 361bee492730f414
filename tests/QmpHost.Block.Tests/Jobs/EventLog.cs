using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Jobs;

/// <summary>Keeps the events of a host as short lines, so that a whole course reads like a transcript.</summary>
internal sealed class EventLog : IQapiEventSink
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Told of each line at the moment of its event.</summary>
    public Action<string>? OnLine { get; set; }

    public void Emit(QapiEvent qapiEvent)
    {
        string line = Describe(qapiEvent);
        _lines.Add(line);
        OnLine?.Invoke(line);
    }

    /// <summary>The lines since the last call.</summary>
    public string[] Take()
    {
        string[] lines = [.. _lines];
        _lines.Clear();
        return lines;
    }

    private static string Describe(QapiEvent qapiEvent) => qapiEvent switch
    {
        JobStatusChangeEvent e => $"{e.Id} {e.Status.ToWire()}",
        BlockJobCompletedEvent e => $"COMPLETED {e.Device} {e.Offset}/{e.Len} speed {e.Speed}" + (e.Error is null ? "" : $": {e.Error}"),
        BlockJobCancelledEvent e => $"CANCELLED {e.Device} {e.Offset}/{e.Len} speed {e.Speed}",
        BlockJobReadyEvent e => $"READY {e.Device} {e.Offset}/{e.Len} speed {e.Speed}",
        BlockJobPendingEvent e => $"PENDING {e.Id}",
        BlockJobErrorEvent e => $"ERROR {e.Device} {e.Operation.ToString().ToLowerInvariant()} {e.Action.ToString().ToLowerInvariant()}",
        _ => qapiEvent.Name,
    };
}
