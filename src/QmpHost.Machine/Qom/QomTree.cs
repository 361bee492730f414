using QmpHost.Qapi;

namespace QmpHost.Machine.Qom;

/// <summary>The tree of all objects of a host, and what clients do with it. Used on the host's event loop only.</summary>
/// <param name="profile">The release that the host behaves like.</param>
public sealed class QomTree(VersionProfile profile)
{
    /// <summary>The release that the host behaves like.</summary>
    public VersionProfile Profile => profile;

    /// <summary>The object at "/".</summary>
    public QomObject Root { get; } = new(QomClass.Container);

    /// <summary>Completes the tree when it is first looked at.</summary>
    internal Action? Completion { get; set; }

    /// <summary>The container of user-creatable objects, made when it is first asked for.</summary>
    public QomObject Objects => Root.GetContainer("objects");

    /// <summary>qom-list: the properties of an object.</summary>
    /// <param name="path">An absolute path, or a partial one that fits one object only.</param>
    /// <exception cref="QmpException">No object, or more than one, is at the path.</exception>
    public IEnumerable<QomProperty> List(string path)
        => Resolve<QomObject>(path, out bool ambiguous) is { } found ? found.Properties.Where(IsThere)
            : ambiguous ? throw new QmpException($"Path '{path}' is ambiguous")
            : throw NotFound(path);

    /// <summary>qom-get: the value of a property.</summary>
    /// <param name="path">The object's path.</param>
    /// <param name="property">The property's name.</param>
    /// <exception cref="QmpException">There is no such object or property, or it cannot be read.</exception>
    public QObject GetProperty(string path, string property)
    {
        QomObject target = Get(path);
        QomProperty found = Find(target, property);
        return found.Get is { } get
            ? get(target)
            : throw new QmpException($"Property '{target.Class.Name}.{property}' is not readable");
    }

    /// <summary>qom-set: changes a property.</summary>
    /// <param name="path">The object's path.</param>
    /// <param name="property">The property's name.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="QmpException">There is no such object or property, or the value is not acceptable.</exception>
    public ValueTask SetPropertyAsync(string path, string property, QObject value)
    {
        QomObject target = Get(path);
        _ = Find(target, property);
        return SetPropertyAsync(target, new StrictValueReader(property, value));
    }

    /// <summary>Changes a property of an object.</summary>
    /// <param name="target">The object.</param>
    /// <param name="reader">The value, with the property's name.</param>
    /// <exception cref="QmpException">There is no such property, it is read-only, or the value is not acceptable.</exception>
    public static ValueTask SetPropertyAsync(QomObject target, QomValueReader reader)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(reader);
        QomProperty property = target.FindProperty(reader.Name) ?? throw NoProperty(target, reader.Name);
        return property.Set is { } set
            ? set(target, reader)
            : throw new QmpException($"Property '{target.Class.Name}.{reader.Name}' is not writable");
    }

    /// <summary>The object at a path.</summary>
    /// <param name="path">An absolute path, or a partial one that fits one object only.</param>
    /// <exception cref="QmpException">No object, or more than one, is at the path (class DeviceNotFound for both).</exception>
    public QomObject Get(string path) => Resolve<QomObject>(path) ?? throw NotFound(path);

    /// <summary>Looks for the object of a kind at a path; a partial path may fit objects of other kinds too.</summary>
    /// <typeparam name="T">The kind.</typeparam>
    /// <param name="path">An absolute path, or a partial one.</param>
    public T? Resolve<T>(string path)
        where T : QomObject => Resolve<T>(path, out _);

    /// <summary>Looks for the object at a path that begins at an object, or at the root when it begins with a slash.</summary>
    public QomObject? ResolveAt(QomObject start, string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        CompleteFor(path);
        return Walk(path.StartsWith('/') ? Root : start, path.Split('/'));
    }

    /// <summary>Completes what is made only when somebody looks.</summary>
    public void Complete()
    {
        Action? completion = Completion;
        Completion = null;
        completion?.Invoke();
    }

    // Only the machine is not complete.
    private void CompleteFor(string path)
    {
        if (path.StartsWith("/machine", StringComparison.Ordinal))
        {
            Complete();
        }
    }

    private bool IsThere(QomProperty property) => property.Needs is not { } behaviour || profile.Has(behaviour);

    private QomProperty Find(QomObject target, string name)
        => target.FindProperty(name) is { } found && IsThere(found) ? found : throw NoProperty(target, name);

    private static QmpException NoProperty(QomObject target, string name) => new($"Property '{target.Class.Name}.{name}' not found");

    private static QomObject? Walk(QomObject start, string[] parts)
    {
        QomObject? at = start;
        foreach (string part in parts)
        {
            if (part.Length > 0)
            {
                at = at?.Follow(part);
            }
        }

        return at;
    }

    private static QmpException NotFound(string path) => new(QmpErrorClass.DeviceNotFound, $"Device '{path}' not found");

    private T? Resolve<T>(string path, out bool ambiguous)
        where T : QomObject
    {
        ArgumentNullException.ThrowIfNull(path);
        CompleteFor(path);
        ambiguous = false;
        string[] parts = path.Split('/');
        return path.StartsWith('/') ? Walk(Root, parts) as T : ResolvePartial<T>(parts, ref ambiguous);
    }

    private T? ResolvePartial<T>(string[] parts, ref bool ambiguous)
        where T : QomObject
    {
        T? found = ResolvePartial<T>(Root, parts, ref ambiguous);
        if (found is null && Completion is not null)
        {
            Complete();
            found = ResolvePartial<T>(Root, parts, ref ambiguous);
        }

        return found;
    }

    private static T? ResolvePartial<T>(QomObject at, string[] parts, ref bool ambiguous)
        where T : QomObject
    {
        var found = Walk(at, parts) as T;
        foreach (QomObject child in at.Children)
        {
            T? other = ResolvePartial<T>(child, parts, ref ambiguous);
            if (ambiguous || (found is not null && other is not null))
            {
                ambiguous = true;
                return null;
            }

            found ??= other;
        }

        return found;
    }
}
