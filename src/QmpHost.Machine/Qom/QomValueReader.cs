using QmpHost.Qapi;

namespace QmpHost.Machine.Qom;

/// <summary>
/// The value that a property is to get, read as the type that the property has. Values come from JSON, where types
/// must fit, or from the key=value notation, where everything is text.
/// </summary>
public abstract class QomValueReader
{
    private protected QomValueReader(string name) => Name = name;

    /// <summary>The property's name, for messages.</summary>
    public string Name { get; }

    /// <summary>The value as a signed integer.</summary>
    /// <exception cref="QmpException">It is none.</exception>
    public abstract long ReadInt64();

    /// <summary>The value as an unsigned integer; a negative one wraps around, as in QEMU.</summary>
    /// <exception cref="QmpException">It is none.</exception>
    public abstract ulong ReadUInt64();

    /// <summary>The value as a number of bytes.</summary>
    /// <exception cref="QmpException">It is none.</exception>
    public abstract ulong ReadSize();

    /// <summary>The value as a boolean.</summary>
    /// <exception cref="QmpException">It is none.</exception>
    public abstract bool ReadBool();

    /// <summary>The value as text.</summary>
    /// <exception cref="QmpException">It is none.</exception>
    public abstract string ReadString();

    /// <summary>The value as an object with members.</summary>
    /// <exception cref="QmpException">It is none.</exception>
    public abstract QDict ReadStruct();

    /// <summary>The value as a list.</summary>
    /// <exception cref="QmpException">It is none.</exception>
    public abstract QList ReadList();

    /// <summary>The value as one of a set of words.</summary>
    /// <exception cref="QmpException">It is none.</exception>
    public string ReadEnum(ReadOnlySpan<string> values)
    {
        string value = ReadString();
        foreach (string allowed in values)
        {
            if (string.Equals(allowed, value, StringComparison.Ordinal))
            {
                return allowed;
            }
        }

        throw new QmpException($"Parameter '{Name}' does not accept value '{value}'");
    }

    /// <summary>The value as an unsigned integer of a C type.</summary>
    /// <param name="max">The type's largest value.</param>
    /// <param name="typeName">The type's name, for messages.</param>
    /// <exception cref="QmpException">It is none.</exception>
    public ulong ReadUnsigned(ulong max, string typeName)
    {
        ulong value = ReadUInt64();
        return value <= max ? value : throw new QmpException($"Parameter '{Name}' expects {typeName}");
    }

    /// <summary>The value as an <c>int32_t</c>.</summary>
    /// <exception cref="QmpException">It is none.</exception>
    public int ReadInt32()
    {
        long value = ReadInt64();
        return value is >= int.MinValue and <= int.MaxValue
            ? (int)value
            : throw new QmpException($"Parameter '{Name}' expects int32_t");
    }
}
