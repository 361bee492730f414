using QmpHost.Nbd.Protocol;

namespace QmpHost.Nbd.Client;

/// <summary>What a client has learned of its export.</summary>
internal sealed record NbdExportInfo
{
    /// <summary>The size in bytes.</summary>
    public ulong Size { get; init; }

    /// <summary>What the export can do.</summary>
    public NbdTransmissionFlags Flags { get; init; }

    /// <summary>The alignment that requests must have, in bytes.</summary>
    public uint MinimumBlock { get; init; } = 1;

    /// <summary>A good request size in bytes; 0 where the server did not say.</summary>
    public uint PreferredBlock { get; init; }

    /// <summary>The longest read or write in bytes.</summary>
    public uint MaximumBlock { get; init; } = NbdConstants.MaxBufferSize;

    /// <summary>How messages are framed.</summary>
    public NbdFraming Framing { get; init; }

    /// <summary>The identifier of the metadata context, or null where the server has none.</summary>
    public uint? ContextId { get; init; }

    /// <summary>Whether the export refuses writes.</summary>
    public bool IsReadOnly => Flags.HasFlag(NbdTransmissionFlags.ReadOnly);
}
