namespace QmpHost.Qapi;

/// <summary>An event that the host sends to every monitor. The schema's events derive from it.</summary>
public abstract record QapiEvent : IQapiWritable
{
    /// <summary>The event's name on the wire, for example <c>BLOCK_JOB_COMPLETED</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The release that introduced the event; hosts of an older profile do not send it.</summary>
    public abstract QemuRelease Since { get; }

    /// <summary>Whether the event has a member <c>data</c>.</summary>
    public abstract bool HasData { get; }

    /// <summary>Writes the value of <c>data</c>, an object.</summary>
    /// <param name="writer">Where to write it.</param>
    /// <param name="profile">The release whose members are shown.</param>
    public abstract void WriteTo(QapiWriter writer, VersionProfile profile);
}
