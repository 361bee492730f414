using QmpHost.Qapi;

namespace QmpHost.Hosting;

/// <summary>Carries the block layer's events to the monitors, which are made after the block layer.</summary>
internal sealed class EventRelay : IQapiEventSink
{
    /// <summary>Where events go; until it is set nobody listens.</summary>
    public IQapiEventSink? Target { get; set; }

    /// <inheritdoc/>
    public void Emit(QapiEvent qapiEvent) => Target?.Emit(qapiEvent);
}
