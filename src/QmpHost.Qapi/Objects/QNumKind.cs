namespace QmpHost.Qapi;

/// <summary>How a <see cref="QNum"/> holds its value.</summary>
public enum QNumKind
{
    /// <summary>A signed 64-bit integer: every integer that fits.</summary>
    Signed,

    /// <summary>An unsigned 64-bit integer: only those above the signed range.</summary>
    Unsigned,

    /// <summary>A floating point number, or an integer that fits neither.</summary>
    Floating,
}
