using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Objects;

/// <summary>An object that clients make with object-add. Used on the host's event loop only.</summary>
public abstract class UserObject : QomObject
{
    /// <summary>Makes the object; its properties are set next, then it is completed.</summary>
    /// <param name="qomClass">Its class.</param>
    /// <param name="tree">The tree that it will be in.</param>
    protected UserObject(QomClass qomClass, QomTree tree)
        : base(qomClass) => Tree = tree;

    /// <summary>The tree.</summary>
    protected QomTree Tree { get; }

    /// <summary>Whether object-del may remove the object now.</summary>
    public virtual bool CanBeDeleted => true;

    /// <summary>What object-del of releases that give reasons says of an object that cannot be deleted; null for the usual words.</summary>
    public virtual string? ReasonToStay => null;

    /// <summary>Brings the object to life once all its properties are set.</summary>
    /// <exception cref="QmpException">The properties do not fit together.</exception>
    protected internal virtual void Complete()
    {
    }

    /// <summary>The same for those that must wait for something outside.</summary>
    /// <exception cref="QmpException">The properties do not fit together.</exception>
    protected internal virtual ValueTask CompleteAsync()
    {
        Complete();
        return default;
    }

    /// <summary>Frees what the object holds; it has left the tree.</summary>
    protected internal virtual void Finish()
    {
    }
}
