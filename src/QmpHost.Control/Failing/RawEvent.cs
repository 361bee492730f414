using QmpHost.Qapi;

namespace QmpHost.Control.Failing;

/// <summary>An event that a test makes up.</summary>
/// <param name="EventName">Its name.</param>
/// <param name="Data">Its data, or null for none.</param>
internal sealed record RawEvent(string EventName, QDict? Data) : QapiEvent
{
    public override string Name => EventName;

    public override QemuRelease Since => new(0, 0);

    public override bool HasData => Data is not null;

    public override void WriteTo(QapiWriter writer, VersionProfile profile) => writer.WriteObject(Data!);
}
