namespace QmpHost.Nbd.Protocol;

/// <summary>Flags of a request.</summary>
[Flags]
public enum NbdCommandFlags : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The reply comes when the data is stable.</summary>
    Fua = 1,

    /// <summary>A zero write must not make a hole.</summary>
    NoHole = 2,

    /// <summary>The reply to a read has at most one content chunk.</summary>
    DontFragment = 4,

    /// <summary>One extent of each context is enough.</summary>
    RequestOne = 8,

    /// <summary>A zero write fails where it would be as slow as writing data.</summary>
    FastZero = 16,

    /// <summary>The length is that of a payload which follows the header; only with <see cref="NbdFraming.Extended"/>.</summary>
    PayloadLength = 32,
}
