namespace QmpHost.Nbd.Protocol;

/// <summary>What an export can do, as the server announces it.</summary>
[Flags]
public enum NbdTransmissionFlags : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Always set.</summary>
    HasFlags = 1,

    /// <summary>Writing requests are refused.</summary>
    ReadOnly = 2,

    /// <summary><see cref="NbdCommand.Flush"/> is understood.</summary>
    SendFlush = 4,

    /// <summary><see cref="NbdCommandFlags.Fua"/> is understood.</summary>
    SendFua = 8,

    /// <summary>The medium rotates.</summary>
    Rotational = 16,

    /// <summary><see cref="NbdCommand.Trim"/> is understood.</summary>
    SendTrim = 32,

    /// <summary><see cref="NbdCommand.WriteZeroes"/> is understood.</summary>
    SendWriteZeroes = 64,

    /// <summary><see cref="NbdCommandFlags.DontFragment"/> is understood.</summary>
    SendDontFragment = 128,

    /// <summary>Several connections see a consistent disk.</summary>
    CanMultiConn = 256,

    /// <summary><see cref="NbdCommand.Resize"/> is understood.</summary>
    SendResize = 512,

    /// <summary><see cref="NbdCommand.Cache"/> is understood.</summary>
    SendCache = 1024,

    /// <summary><see cref="NbdCommandFlags.FastZero"/> is understood.</summary>
    SendFastZero = 2048,

    /// <summary>A request for block status may name contexts in a payload.</summary>
    BlockStatusPayload = 4096,
}
