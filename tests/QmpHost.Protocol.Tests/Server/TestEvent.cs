using QmpHost.Qapi;

namespace QmpHost.Protocol.Tests.Server;

/// <summary>An event of any name, with one member or without data.</summary>
public sealed record TestEvent(string EventName, string? Member = null, string? Value = null) : QapiEvent
{
    public override string Name => EventName;

    public override QemuRelease Since => new(0, 13);

    public override bool HasData => Member is not null;

    public override void WriteTo(QapiWriter writer, VersionProfile profile)
    {
        writer.BeginObject();
        writer.WriteName(Member!);
        writer.WriteString(Value!);
        writer.EndObject();
    }
}
