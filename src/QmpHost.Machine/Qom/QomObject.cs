using QmpHost.Qapi;

namespace QmpHost.Machine.Qom;

/// <summary>An object of the QOM tree. Used on the host's event loop only.</summary>
public class QomObject
{
    private readonly PropertyTable<QomProperty> _properties = new();
    private List<QomProperty>? _ofClass;

    /// <summary>Makes an object that is not in the tree yet.</summary>
    /// <param name="qomClass">Its class.</param>
    public QomObject(QomClass qomClass)
    {
        ArgumentNullException.ThrowIfNull(qomClass);
        Class = qomClass;
    }

    /// <summary>The class.</summary>
    public QomClass Class { get; }

    /// <summary>The owner, or null for the root and for objects outside the tree.</summary>
    public QomObject? Parent { get; private set; }

    /// <summary>The name of the property of <see cref="Parent"/> that holds the object.</summary>
    public string? Name { get; private set; }

    /// <summary>The absolute path; that of an object outside the tree begins at its topmost owner.</summary>
    public string Path => Parent is null ? "/" : Parent.Parent is null ? "/" + Name : $"{Parent.Path}/{Name}";

    /// <summary>All properties in the order of QEMU's listings: those of classes first, the root class before all.</summary>
    public IEnumerable<QomProperty> Properties => Class.Properties.Concat(_ofClass ?? []).Concat(_properties.Listing);

    /// <summary>The objects that this one owns, in the order of listings.</summary>
    public IEnumerable<QomObject> Children
        => _properties.Listing.Where(p => p.IsChild).Select(p => p.Target!(this)!);

    /// <summary>A property by name, or null.</summary>
    public QomProperty? FindProperty(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Class.Find(name) ?? _ofClass?.Find(property => property.Name == name) ?? (_properties.TryGet(name, out QomProperty? own) ? own : null);
    }

    /// <summary>The object that a child or link property leads to, or null.</summary>
    public QomObject? Follow(string propertyName) => FindProperty(propertyName)?.Target?.Invoke(this);

    /// <summary>Gives this one object a property.</summary>
    /// <exception cref="QmpException">The name is taken.</exception>
    public void AddProperty(QomProperty property)
    {
        ArgumentNullException.ThrowIfNull(property);
        if (Class.Find(property.Name) is not null || !_properties.TryAdd(property.Name, property))
        {
            throw new QmpException($"attempt to add duplicate property '{property.Name}' to object (type '{Class.Name}')");
        }
    }

    /// <summary>Gives the object a property that its class turns out to have, so that it is listed with those of classes.</summary>
    internal void AddOfClass(QomProperty property) => (_ofClass ??= []).Add(property);

    /// <summary>Lists what the object has beyond its class in another order.</summary>
    /// <param name="listing">The names; others come as if they were added later.</param>
    internal void Arrange(IReadOnlyList<string> listing) => _properties.Arrange(listing);

    /// <summary>Takes a property of this one object away.</summary>
    /// <returns>False when it has none of that name.</returns>
    public bool RemoveProperty(string name) => _properties.Remove(name, keepSize: false);

    /// <summary>Takes ownership of an object.</summary>
    /// <param name="name">Its name, the last part of its path.</param>
    /// <param name="child">The object, which nobody owns.</param>
    /// <exception cref="QmpException">The name is taken.</exception>
    public void AddChild(string name, QomObject child)
    {
        ArgumentNullException.ThrowIfNull(child);
        if (child.Parent is not null)
        {
            throw new InvalidOperationException("The object has an owner.");
        }

        AddProperty(QomProperties.Child(name, child));
        child.Parent = this;
        child.Name = name;
    }

    /// <summary>The child of a name; made as an empty container when there is none.</summary>
    public QomObject GetContainer(string name)
    {
        if (Follow(name) is { } existing)
        {
            return existing;
        }

        var container = new QomObject(QomClass.Container);
        AddChild(name, container);
        return container;
    }

    /// <summary>Takes the object out of the tree.</summary>
    public void Unparent()
    {
        if (Parent is { } parent)
        {
            parent._properties.Remove(Name!, keepSize: true);
            Parent = null;
            Name = null;
        }
    }
}
