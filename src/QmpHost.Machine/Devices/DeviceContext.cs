using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>What devices need of the machine around them.</summary>
internal sealed class DeviceContext
{
    private int _nextScsiBus;

    internal required QomTree Tree { get; init; }

    internal required IDriveProvider Drives { get; init; }

    /// <summary>Where events of devices go.</summary>
    internal required IQapiEventSink Events { get; init; }

    internal BootOrder Boot { get; } = new();

    /// <summary>The name of the SCSI bus of a controller without an id.</summary>
    internal string NextScsiBusName() => $"scsi.{_nextScsiBus++}";
}
