using QmpHost.Nbd.Protocol;

namespace QmpHost.Nbd.Server;

/// <summary>What a server offers under one name.</summary>
/// <param name="name">The export's name.</param>
/// <param name="backend">The disk.</param>
public sealed class NbdExport(string name, INbdExportBackend backend)
{
    /// <summary>The export's name.</summary>
    public string Name { get; } = name;

    /// <summary>The disk.</summary>
    public INbdExportBackend Backend { get; } = backend;

    /// <summary>A description for people, or null.</summary>
    public string? Description { get; init; }

    /// <summary>Whether clients may write.</summary>
    public bool Writable { get; init; }

    /// <summary>Whether several connections see a consistent disk.</summary>
    public bool MultiConn { get; init; } = true;

    /// <summary>Whether every write is made stable before its reply.</summary>
    public bool WriteThrough { get; init; }

    /// <summary>Whether context qemu:allocation-depth is offered.</summary>
    public bool AllocationDepth { get; init; }

    /// <summary>Names of the dirty bitmaps that are offered as qemu:dirty-bitmap contexts.</summary>
    public IReadOnlyList<string> Bitmaps { get; init; } = [];

    /// <summary>The size that clients see; fixed when the export is made, in bytes.</summary>
    public long Size { get; } = backend.Size;

    /// <summary>The flags that clients see.</summary>
    /// <param name="framing">What the client has negotiated.</param>
    /// <param name="hasContexts">Whether it has selected metadata contexts.</param>
    /// <returns>The flags.</returns>
    public NbdTransmissionFlags GetFlags(NbdFraming framing, bool hasContexts)
    {
        NbdTransmissionFlags flags = NbdTransmissionFlags.HasFlags | NbdTransmissionFlags.SendFlush | NbdTransmissionFlags.SendFua
            | NbdTransmissionFlags.SendCache;
        flags |= Writable
            ? NbdTransmissionFlags.SendTrim | NbdTransmissionFlags.SendWriteZeroes | NbdTransmissionFlags.SendFastZero
            : NbdTransmissionFlags.ReadOnly;
        if (MultiConn)
        {
            flags |= NbdTransmissionFlags.CanMultiConn;
        }

        if (framing != NbdFraming.Simple)
        {
            flags |= NbdTransmissionFlags.SendDontFragment;
        }

        return framing == NbdFraming.Extended && hasContexts ? flags | NbdTransmissionFlags.BlockStatusPayload : flags;
    }
}
