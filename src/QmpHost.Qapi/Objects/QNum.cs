namespace QmpHost.Qapi;

/// <summary>A JSON number, which remembers whether it was an integer: <c>1</c> and <c>1.0</c> are different.</summary>
public sealed class QNum : QObject
{
    private readonly long _bits;

    /// <summary>Makes a signed integer.</summary>
    /// <param name="value">The value.</param>
    public QNum(long value)
    {
        NumKind = QNumKind.Signed;
        _bits = value;
    }

    /// <summary>Makes an integer; it counts as signed if it fits.</summary>
    /// <param name="value">The value.</param>
    public QNum(ulong value)
    {
        NumKind = value <= long.MaxValue ? QNumKind.Signed : QNumKind.Unsigned;
        _bits = unchecked((long)value);
    }

    /// <summary>Makes a floating point number.</summary>
    /// <param name="value">The value; infinities are possible, since the parser lets too large numbers become one.</param>
    public QNum(double value)
    {
        NumKind = QNumKind.Floating;
        _bits = BitConverter.DoubleToInt64Bits(value);
    }

    /// <summary>How the value is held.</summary>
    public QNumKind NumKind { get; }

    /// <inheritdoc/>
    public override QObjectKind Kind => QObjectKind.Number;

    /// <summary>The value as floating point number, rounded where it must be.</summary>
    public double AsDouble => NumKind switch
    {
        QNumKind.Signed => _bits,
        QNumKind.Unsigned => unchecked((ulong)_bits),
        _ => BitConverter.Int64BitsToDouble(_bits),
    };

    /// <summary>Reads a signed integer.</summary>
    /// <param name="value">The value.</param>
    /// <returns>False for a floating point number and for an integer above the signed range.</returns>
    public bool TryGetInt64(out long value)
    {
        value = _bits;
        return NumKind == QNumKind.Signed;
    }

    /// <summary>Reads an unsigned integer.</summary>
    /// <param name="value">The value.</param>
    /// <returns>False for a floating point number and for a negative integer.</returns>
    public bool TryGetUInt64(out ulong value)
    {
        value = unchecked((ulong)_bits);
        return NumKind == QNumKind.Unsigned || (NumKind == QNumKind.Signed && _bits >= 0);
    }

    /// <inheritdoc/>
    public override bool DeepEquals(QObject? other) => other is QNum n && n.NumKind == NumKind && n._bits == _bits;
}
