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

    /// <summary>A property with a reader of its own.</summary>
    internal static QomProperty Make(string name, string type, QObject value, Func<QomValueReader, QObject> read, string? description) => new()
    {
        Name = name,
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
