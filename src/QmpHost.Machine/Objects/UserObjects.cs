using QmpHost.Block.Drivers.Throttle;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Objects;

/// <summary>object-add and object-del. Used on the host's event loop only.</summary>
public sealed class UserObjects
{
    private readonly QomTree _tree;
    private readonly Dictionary<string, (QomClass Class, Func<QomTree, UserObject> Make)> _kinds = new(StringComparer.Ordinal);

    /// <summary>Makes the set of objects of a host; the types of this assembly are known to it.</summary>
    /// <param name="tree">The host's tree.</param>
    /// <param name="throttleGroups">The block layer's throttle groups.</param>
    public UserObjects(QomTree tree, ThrottleGroups throttleGroups)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(throttleGroups);
        _tree = tree;
        Register(IoThreadObject.QomClass, static t => new IoThreadObject(t));
        Register(ThrottleGroupObject.QomClass, t => new ThrottleGroupObject(t, throttleGroups));
        Register(MainLoopObject.QomClass, static t => new MainLoopObject(t));
        Register(SecretObject.QomClass, static t => new SecretObject(t));
        Register(KeyringSecretObject.QomClass, static t => new KeyringSecretObject(t));
        Register(ThreadContextObject.QomClass, static t => new ThreadContextObject(t));
    }

    /// <summary>The names of the types that can be added.</summary>
    public IEnumerable<string> TypeNames => _kinds.Keys;

    /// <summary>Makes another type known.</summary>
    /// <param name="qomClass">Its class.</param>
    /// <param name="make">Makes an object of it.</param>
    public void Register(QomClass qomClass, Func<QomTree, UserObject> make)
    {
        ArgumentNullException.ThrowIfNull(qomClass);
        _kinds.Add(qomClass.Name, (qomClass, make));
    }

    /// <summary>What a command line prints when it is asked for help on objects.</summary>
    /// <param name="typeName">The type to tell the properties of; null, or one that there is not, for the list of types.</param>
    /// <returns>The lines.</returns>
    public IEnumerable<string> DescribeForHelp(string? typeName)
        => typeName is not null && _kinds.TryGetValue(typeName, out (QomClass Class, Func<QomTree, UserObject> Make) kind)
            ? PropertyHelp.List(kind.Class, kind.Class.Properties.Where(property => property.Set is not null && (property.Needs is not { } behaviour || _tree.Profile.Has(behaviour))))
            : _kinds.Keys.Order(StringComparer.Ordinal).Select(static name => $"  {name}").Prepend("List of user creatable objects:");

    /// <summary>object-add.</summary>
    /// <param name="options">The object, as the schema describes it.</param>
    /// <param name="profile">The release that the host behaves like.</param>
    /// <returns>The object.</returns>
    /// <exception cref="QmpException">The object cannot be made; nothing has changed.</exception>
    public ValueTask<UserObject> AddAsync(ObjectOptions options, VersionProfile profile)
    {
        ArgumentNullException.ThrowIfNull(options);
        var members = (QDict)options.ToObject(profile);
        members.Remove("qom-type");
        members.Remove("id");
        return AddAsync(options.QomType.ToWire(), options.Id, members);
    }

    /// <summary>object-add.</summary>
    /// <param name="typeName">The type ("qom-type").</param>
    /// <param name="id">The name in the tree's "objects".</param>
    /// <param name="properties">The other members, of the types that the schema gives them.</param>
    /// <returns>The object.</returns>
    /// <exception cref="QmpException">The object cannot be made; nothing has changed.</exception>
    public async ValueTask<UserObject> AddAsync(string typeName, string id, QDict properties)
    {
        ArgumentNullException.ThrowIfNull(properties);
        bool isKnown = _kinds.TryGetValue(typeName, out (QomClass Class, Func<QomTree, UserObject> Make) kind);
        if (!isKnown && !ObjectTypeEnum.TryParse(typeName, out _))
        {
            throw new QmpException($"Parameter 'qom-type' does not accept value '{typeName}'");
        }

        Identifier.Require(id);
        if (!isKnown)
        {
            throw new QmpException($"invalid object type: {typeName}");
        }

        UserObject made = kind.Make(_tree);
        foreach ((string name, QObject value) in properties.OrderBy(p => WireOrder.BucketOf(p.Key)))
        {
            await QomTree.SetPropertyAsync(made, new StrictValueReader(name, value));
        }

        _tree.Objects.AddChild(id, made);
        try
        {
            await made.CompleteAsync();
        }
        catch (QmpException)
        {
            made.Unparent();
            throw;
        }

        return made;
    }

    /// <summary>object-del.</summary>
    /// <param name="id">The object's name.</param>
    /// <param name="monitor">The object of the monitor that asks, which cannot go; null for none.</param>
    /// <exception cref="QmpException">There is no such object, or it is in use.</exception>
    public void Delete(string id, object? monitor = null)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (_tree.Objects.Follow(id) as UserObject is not { } found)
        {
            throw new QmpException($"object '{id}' not found");
        }

        if (ReferenceEquals(found, monitor))
        {
            throw new QmpException("Cannot delete the current QMP monitor");
        }

        if (!found.CanBeDeleted)
        {
            throw new QmpException(
                _tree.Profile.Has(Behaviour.ObjectsTellWhyTheyStay) && found.ReasonToStay is { } reason ? reason : $"object '{id}' is in use, can not be deleted");
        }

        found.Unparent();
        found.Finish();
    }

    /// <summary>The object of a name and kind, or null. Looking makes the container of all of them, as in QEMU.</summary>
    /// <typeparam name="T">The kind.</typeparam>
    /// <param name="id">The name.</param>
    public T? Find<T>(string id)
        where T : UserObject => _tree.Objects.Follow(id) as T;

    /// <summary>The object of a kind at a path in the tree, or null.</summary>
    /// <typeparam name="T">The kind.</typeparam>
    /// <param name="path">An absolute path, or a partial one, such as a name, that leads to one object of the kind only.</param>
    public T? FindAt<T>(string path)
        where T : UserObject => _tree.Resolve<T>(path);

    /// <summary>All objects of a kind, in the order of listings reversed: that in which QEMU walks over them.</summary>
    /// <typeparam name="T">The kind.</typeparam>
    public IEnumerable<T> All<T>()
        where T : UserObject => _tree.Root.Follow("objects")?.Children.Reverse().OfType<T>() ?? [];
}
