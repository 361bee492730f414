namespace QmpHost.Qapi;

/// <summary>Where events go: the monitors of a host, or a test's list.</summary>
public interface IQapiEventSink
{
    /// <summary>Sends an event. It does not wait for clients and does not fail.</summary>
    /// <param name="qapiEvent">The event.</param>
    void Emit(QapiEvent qapiEvent);
}
