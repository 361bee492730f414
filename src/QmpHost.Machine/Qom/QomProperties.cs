using QmpHost.Qapi;

namespace QmpHost.Machine.Qom;

/// <summary>Makers of the properties that objects of any kind have.</summary>
public static class QomProperties
{
    /// <summary>The property "type" of every object.</summary>
    public static QomProperty Type { get; } = new()
    {
        Name = "type",
        Type = "string",
        Get = static o => new QString(o.Class.Name),
    };

    /// <summary>A link to an object that somebody else owns; its value is the object's path, or "" for none.</summary>
    /// <param name="name">The property's name.</param>
    /// <param name="className">The class of the objects, as the type shows it.</param>
    /// <param name="target">Finds the object.</param>
    /// <param name="set">Changes the link; null when it is read-only.</param>
    public static QomProperty Link(
        string name, string className, Func<QomObject, QomObject?> target, Func<QomObject, QomValueReader, ValueTask>? set = null) => new()
        {
            Name = name,
            Type = $"link<{className}>",
            Get = o => new QString(target(o)?.Path ?? ""),
            Set = set,
            Target = target,
        };

    /// <summary>A text that can be read and written; one that is not set reads as an empty one.</summary>
    /// <param name="name">The property's name.</param>
    /// <param name="get">Gives it.</param>
    /// <param name="set">Changes it.</param>
    public static QomProperty Text(string name, Func<QomObject, string?> get, Action<QomObject, string> set) => new()
    {
        Name = name,
        Type = "string",
        Get = o => new QString(get(o) ?? ""),
        Set = (o, reader) =>
        {
            set(o, reader.ReadString());
            return default;
        },
    };

    /// <summary>A switch that can be read and written.</summary>
    /// <param name="name">The property's name.</param>
    /// <param name="get">Gives it.</param>
    /// <param name="set">Changes it.</param>
    public static QomProperty Flag(string name, Func<QomObject, bool> get, Action<QomObject, bool> set) => new()
    {
        Name = name,
        Type = "bool",
        Get = o => QBool.From(get(o)),
        Set = (o, reader) =>
        {
            set(o, reader.ReadBool());
            return default;
        },
    };

    /// <summary>A property of one object that reads and writes a property of another one.</summary>
    /// <param name="name">The property's name.</param>
    /// <param name="target">The other object.</param>
    /// <param name="property">Its property.</param>
    public static QomProperty Alias(string name, QomObject target, QomProperty property) => new()
    {
        Name = name,
        Type = property.Type,
        Description = property.Description,
        DefaultValue = property.DefaultValue,
        Get = property.Get is { } get ? _ => get(target) : null,
        Set = property.Set is { } set ? (_, reader) => set(target, reader) : null,
        Target = property.Target is { } follow ? _ => follow(target) : null,
    };

    internal static QomProperty Child(string name, QomObject child) => new()
    {
        Name = name,
        Type = $"child<{child.Class.Name}>",
        Get = _ => new QString(child.Path),
        Target = _ => child,
        IsChild = true,
    };
}
