using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Objects;

/// <summary>Makers of properties whose values an object keeps as they are.</summary>
internal static class StoredProperty
{
    internal static QomProperty Bool(string name, bool value, string? description = null)
        => Make(name, "bool", QBool.From(value), static r => QBool.From(r.ReadBool()), description);

    internal static QomProperty Number(string name, long value, string? description = null)
        => Make(name, "int", new QNum(value), static r => new QNum(r.ReadInt64()), description);

    internal static QomProperty Size(string name, long value, string? description = null)
        => Make(name, "int", new QNum(value), static r => new QNum((long)r.ReadSize()), description);

    internal static QomProperty Text(string name, string value)
        => Make(name, "string", new QString(value), static r => new QString(r.ReadString()), null);

    internal static QomProperty Words(string name, string type, string value, string[] values, string? description)
        => Make(name, type, new QString(value), r => new QString(r.ReadEnum(values)), description);

    /// <summary>A text that is checked.</summary>
    internal static QomProperty Checked(string name, string value, Action<StoredObject, string> check) => new()
    {
        Name = name,
        Type = "string",
        Get = o => ((StoredObject)o).Values.GetValueOrDefault(name) ?? new QString(value),
        Set = (o, reader) =>
        {
            string text = reader.ReadString();
            check((StoredObject)o, text);
            ((StoredObject)o).Values[name] = new QString(text);
            return default;
        },
    };

    /// <summary>A number without a sign.</summary>
    internal static QomProperty Whole(string name, long value, ulong most = uint.MaxValue, string type = "uint32", Behaviour? needs = null)
        => Make(name, type, new QNum(value), r => new QNum((long)r.ReadUnsigned(most, $"{type}_t")), null, needs);

    /// <summary>A number of 32 bits that is not zero.</summary>
    internal static QomProperty Positive(string name, string typeName, long value = 0) => Make(
        name,
        "uint32",
        new QNum(value),
        r => r.ReadUnsigned(uint.MaxValue, "uint32_t") is var number and > 0
            ? new QNum((long)number)
            : throw new QmpException(value > 0 ? $"Property '{typeName}.{name}' doesn't take value '0'" : $"Property '{typeName}.{name}' requires a positive value"),
        null);

    /// <summary>A property with a reader of its own.</summary>
    internal static QomProperty Make(
        string name, string type, QObject value, Func<QomValueReader, QObject> read, string? description, Behaviour? needs = null) => new()
        {
            Name = name,
            Needs = needs,
            Type = type,
            Description = description,
            Get = o => ((StoredObject)o).Values.GetValueOrDefault(name) ?? value,
            Set = (o, reader) =>
            {
                var target = (StoredObject)o;
                target.CheckChangeable(name);
                target.Values[name] = read(reader);
                return default;
            },
        };
}
