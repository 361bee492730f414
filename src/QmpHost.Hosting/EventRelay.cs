using QmpHost.Hosting.Diagnostics;
using QmpHost.Qapi;

namespace QmpHost.Hosting;

/// <summary>Carries the block layer's events to the monitors, which are made after the block layer.</summary>
/// <param name="diagnostics">Told of each.</param>
internal sealed class EventRelay(HostDiagnostics diagnostics) : IQapiEventSink
{
    /// <summary>Where events go; until it is set nobody listens.</summary>
    public IQapiEventSink? Target { get; set; }

    /// <summary>Says which events nobody gets, or null.</summary>
    public CompatibilityPolicy? Policy { get; set; }

    /// <inheritdoc/>
    public void Emit(QapiEvent qapiEvent)
    {
        diagnostics.OnEvent(qapiEvent);
        if (Policy?.HidesEvent(qapiEvent.Name) != true)
        {
            Target?.Emit(qapiEvent);
        }
    }
}
