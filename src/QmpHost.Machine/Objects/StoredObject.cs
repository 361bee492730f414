using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Objects;

/// <summary>An object that is little more than its properties.</summary>
public abstract class StoredObject : UserObject
{
    private protected StoredObject(QomClass qomClass, QomTree tree)
        : base(qomClass, tree)
    {
    }

    /// <summary>What the properties were set to.</summary>
    internal Dictionary<string, QObject> Values { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether the object works, after which most properties are fixed.</summary>
    internal bool IsComplete { get; private set; }

    /// <inheritdoc/>
    protected internal override void Complete() => IsComplete = true;

    /// <summary>Checks that a property may still be changed.</summary>
    /// <exception cref="QmpException">It may not.</exception>
    internal virtual void CheckChangeable(string property)
    {
    }

    private protected QObject Value(string name) => FindProperty(name)!.Get!(this);

    private protected long Number(string name) => Value(name) is QNum number && number.TryGetInt64(out long value) ? value : 0;

    private protected string Text(string name) => ((QString)Value(name)).Value;

    private protected bool Flag(string name) => ((QBool)Value(name)).Value;
}
