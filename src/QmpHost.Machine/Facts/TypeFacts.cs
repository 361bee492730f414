using System.Collections.Concurrent;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Facts;

/// <summary>The types of objects of a release of QEMU and their properties, as it lists them.</summary>
/// <remarks>May be used from any thread.</remarks>
public sealed class TypeFacts
{
    private static readonly ConcurrentDictionary<(QemuRelease Release, string File), Lazy<TypeFacts>> Releases = new();

    private readonly Dictionary<string, QDict> _types;
    private readonly List<QDict> _order;
    private readonly Dictionary<string, HashSet<string>> _interfaces;
    private readonly QList _properties;

    // The lists of properties in the order of the file: each may begin like an earlier one.
    private readonly List<QList> _lists = [];
    private readonly Dictionary<(string Type, string Kind), int> _listOf = [];

    private TypeFacts(QDict file)
    {
        _properties = (QList)file["properties"]!;
        _order = [.. file.Objects("types")];
        _types = _order.ToDictionary(static type => type.Text("name")!, StringComparer.Ordinal);
        _interfaces = file.Object("interfaces").ToDictionary(
            static item => item.Key,
            static item => ((QList)item.Value).Select(static name => ((QString)name).Value).ToHashSet(StringComparer.Ordinal),
            StringComparer.Ordinal);
        foreach (QDict type in _order)
        {
            AddList(type, "device");
            AddList(type, "every");
        }
    }

    /// <summary>The types of a profile's release.</summary>
    /// <param name="profile">The profile.</param>
    public static TypeFacts Of(VersionProfile profile) => Of(profile, QmpProgram.System);

    /// <summary>The types that a program of a profile's release has.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="program">The program: the storage daemon has those only that it can make.</param>
    public static TypeFacts Of(VersionProfile profile, QmpProgram program)
        => Releases.GetOrAdd(
            (FactFile.ReleaseOf(profile), program == QmpProgram.System ? "types" : "daemon-types"),
            static key => new(() => new TypeFacts(FactFile.Read(key.Release, key.File)))).Value;

    /// <summary>qom-list-types: the types in the order of QEMU's listing.</summary>
    /// <param name="implements">A type that they extend or an interface that they have; null for all.</param>
    /// <param name="includeAbstract">Whether types are listed of which there are no objects.</param>
    public IEnumerable<ObjectTypeInfo> List(string? implements, bool includeAbstract)
        => _order.Where(type => (includeAbstract || !type.Flag("abstract")) && (implements is null || Extends(type, implements)))
            .Select(static type => new ObjectTypeInfo
            {
                Name = type.Text("name")!,
                Abstract = type.Flag("abstract") ? true : null,
                Parent = type.Text("parent"),
            });

    /// <summary>Whether there are objects of a type.</summary>
    /// <param name="name">The type.</param>
    public bool IsConcrete(string name) => _types.TryGetValue(name, out QDict? type) && !type.Flag("abstract");

    /// <summary>Whether a type is another one or extends it, or has it as an interface.</summary>
    /// <param name="name">The type.</param>
    /// <param name="other">The other type.</param>
    public bool IsA(string name, string other) => _types.TryGetValue(name, out QDict? type) && Extends(type, other);

    /// <summary>device-list-properties.</summary>
    /// <param name="name">The type of a device.</param>
    /// <exception cref="QmpException">There is no such type, or it is none of devices, or there are no devices of it.</exception>
    public IReadOnlyList<ObjectPropertyInfo> ListDeviceProperties(string name)
        => !_types.TryGetValue(name, out QDict? type) || type.Flag("missing")
            ? throw new QmpException(QmpErrorClass.DeviceNotFound, $"Device '{name}' not found")
            : Find(name, "device") ?? throw new QmpException("Parameter 'typename' expects a non-abstract device type");

    /// <summary>qom-list-properties.</summary>
    /// <param name="name">The type.</param>
    /// <exception cref="QmpException">There is no such type, or it is an interface.</exception>
    public IReadOnlyList<ObjectPropertyInfo> ListProperties(string name)
        => !_types.TryGetValue(name, out QDict? type) || type.Flag("missing")
            ? throw new QmpException(QmpErrorClass.DeviceNotFound, $"Class '{name}' not found")
            : Find(name, "every") ?? throw new QmpException("Parameter 'typename' expects a QOM type");

    private bool Extends(QDict type, string other)
    {
        if (_interfaces.TryGetValue(other, out HashSet<string>? having))
        {
            return having.Contains(type.Text("name")!);
        }

        for (QDict? at = type; at is not null; at = at.Text("parent") is { } parent ? _types.GetValueOrDefault(parent) : null)
        {
            if (at.Text("name") == other)
            {
                return true;
            }
        }

        return false;
    }

    private void AddList(QDict type, string kind)
    {
        if (type.Find(kind) is QList list)
        {
            _listOf.Add((type.Text("name")!, kind), _lists.Count);
            _lists.Add(list);
        }
    }

    private IReadOnlyList<ObjectPropertyInfo>? Find(string name, string kind)
        => _listOf.TryGetValue((name, kind), out int number) ? [.. Items(number).Select(item => Describe((QList)_properties[item]))] : null;

    // The number of an earlier list, how much of it comes first, and what follows.
    private IEnumerable<int> Items(int number)
    {
        QList list = _lists[number];
        int shared = (int)list[1].Number();
        IEnumerable<int> own = list.Skip(2).Select(static item => (int)item.Number());
        return shared == 0 ? own : Items((int)list[0].Number()).Take(shared).Concat(own);
    }

    private static ObjectPropertyInfo Describe(QList property) => new()
    {
        Name = ((QString)property[0]).Value,
        Type = ((QString)property[1]).Value,
        Description = (property[2] as QString)?.Value,
        DefaultValue = property[3] is QNull ? null : property[3],
    };
}
