using QmpHost.Qapi;

namespace QmpHost.Machine.Qom;

/// <summary>A property of an object or of all objects of a class. Immutable.</summary>
public sealed class QomProperty
{
    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>The type as listings show it, for example "uint32", "link&lt;bus&gt;", "child&lt;iothread&gt;".</summary>
    public required string Type { get; init; }

    /// <summary>What the property is for, where QEMU says so.</summary>
    public string? Description { get; init; }

    /// <summary>The value of a new object, where QEMU tells it.</summary>
    public QObject? DefaultValue { get; init; }

    /// <summary>The behaviour of releases that have the property; null for all.</summary>
    public Behaviour? Needs { get; init; }

    /// <summary>Reads the property; null when it cannot be read.</summary>
    public Func<QomObject, QObject>? Get { get; init; }

    /// <summary>
    /// Writes the property; null when it cannot be written. Errors are <see cref="QmpException"/>s and leave the
    /// object as it was.
    /// </summary>
    public Func<QomObject, QomValueReader, ValueTask>? Set { get; init; }

    /// <summary>The object that a path continues at: for children and links; null for other properties.</summary>
    public Func<QomObject, QomObject?>? Target { get; init; }

    /// <summary>Whether <see cref="Target"/> is owned by the object.</summary>
    public bool IsChild { get; init; }
}
