using QmpHost.Qapi;

namespace QmpHost.Machine.Qom;

/// <summary>Reads a value that came as JSON: its type must be the property's.</summary>
public sealed class StrictValueReader : QomValueReader
{
    private readonly QObject _value;

    /// <summary>Makes a reader.</summary>
    /// <param name="name">The property's name.</param>
    /// <param name="value">The value.</param>
    public StrictValueReader(string name, QObject value)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(value);
        _value = value;
    }

    /// <summary>Whether the value is a number.</summary>
    public bool IsNumber => _value is QNum;

    /// <inheritdoc/>
    public override long ReadInt64() => _value is QNum number && number.TryGetInt64(out long value) ? value : throw Wrong("integer");

    /// <inheritdoc/>
    public override ulong ReadUInt64()
    {
        if (_value is QNum number)
        {
            if (number.TryGetUInt64(out ulong value))
            {
                return value;
            }

            if (number.TryGetInt64(out long negative))
            {
                return unchecked((ulong)negative);
            }
        }

        throw new QmpException($"Parameter '{Name}' expects uint64");
    }

    /// <inheritdoc/>
    public override ulong ReadSize() => ReadUInt64();

    /// <inheritdoc/>
    public override bool ReadBool() => _value is QBool boolean ? boolean.Value : throw Wrong("boolean");

    /// <inheritdoc/>
    public override string ReadString() => _value is QString text ? text.Value : throw Wrong("string");

    /// <inheritdoc/>
    public override QDict ReadStruct() => _value as QDict ?? throw Wrong("object");

    /// <inheritdoc/>
    public override QList ReadList() => _value as QList ?? throw Wrong("array");

    private QmpException Wrong(string expected) => new($"Invalid parameter type for '{Name}', expected: {expected}");
}
