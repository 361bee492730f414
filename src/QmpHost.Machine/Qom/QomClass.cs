namespace QmpHost.Machine.Qom;

/// <summary>A type of objects. Immutable.</summary>
public sealed class QomClass
{
    private readonly Lazy<QomProperty[]> _properties;

    /// <summary>Makes a class.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="parent">The class that it extends, or null for the root.</param>
    /// <param name="properties">Its own properties in the order of listings.</param>
    /// <param name="isAbstract">Whether there are objects of subclasses only.</param>
    public QomClass(string name, QomClass? parent, IEnumerable<QomProperty>? properties = null, bool isAbstract = false)
    {
        Name = name;
        Parent = parent;
        IsAbstract = isAbstract;
        _properties = new Lazy<QomProperty[]>(properties?.ToArray() ?? []);
    }

    /// <summary>Makes a class whose properties are many and seldom asked for.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="parent">The class that it extends, or null for the root.</param>
    /// <param name="properties">Gives its own properties when they are first needed.</param>
    public QomClass(string name, QomClass? parent, Func<IEnumerable<QomProperty>> properties)
    {
        Name = name;
        Parent = parent;
        _properties = new Lazy<QomProperty[]>(() => [.. properties()]);
    }

    /// <summary>The root class: every object tells its type.</summary>
    public static QomClass Object { get; } = new("object", null, [QomProperties.Type], isAbstract: true);

    /// <summary>Objects that only hold children.</summary>
    public static QomClass Container { get; } = new("container", Object);

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The class that this one extends.</summary>
    public QomClass? Parent { get; }

    /// <summary>Whether there are objects of subclasses only.</summary>
    public bool IsAbstract { get; }

    /// <summary>The properties of the class and of those that it extends, root first.</summary>
    public IEnumerable<QomProperty> Properties => Parent is null ? _properties.Value : Parent.Properties.Concat(_properties.Value);

    /// <summary>The properties that the class itself adds.</summary>
    public IReadOnlyList<QomProperty> OwnProperties => _properties.Value;

    /// <summary>Tells whether this is a class or a subclass of it.</summary>
    public bool IsA(QomClass other)
    {
        for (QomClass? c = this; c is not null; c = c.Parent)
        {
            if (ReferenceEquals(c, other))
            {
                return true;
            }
        }

        return false;
    }

    internal QomProperty? Find(string name)
    {
        for (QomClass? c = this; c is not null; c = c.Parent)
        {
            foreach (QomProperty property in c._properties.Value)
            {
                if (string.Equals(property.Name, name, StringComparison.Ordinal))
                {
                    return property;
                }
            }
        }

        return null;
    }
}
