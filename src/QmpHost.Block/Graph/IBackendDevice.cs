namespace QmpHost.Block.Graph;

/// <summary>The guest device in front of a backend, as listings and messages show it.</summary>
public interface IBackendDevice
{
    /// <summary>The device's id, or its path in the object tree when it has none.</summary>
    string IdOrPath { get; }

    /// <summary>Whether the medium can be taken out.</summary>
    bool IsRemovable { get; }

    /// <summary>Whether the tray is open, or null for a device without one.</summary>
    bool? IsTrayOpen { get; }

    /// <summary>Whether errors can stop the machine until they are dealt with.</summary>
    bool CanStopOnError { get; }

    /// <summary>Whether the guest has locked the medium in.</summary>
    bool IsLocked { get; }
}
