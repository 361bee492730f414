namespace QmpHost.Nbd.Protocol;

/// <summary>Handshake flags; the server's and the client's have the same bits.</summary>
[Flags]
public enum NbdHandshakeFlags : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Fixed newstyle negotiation.</summary>
    FixedNewstyle = 1,

    /// <summary>No reserved zeroes after the reply to <see cref="NbdOption.ExportName"/>.</summary>
    NoZeroes = 2,
}
