using QmpHost.Machine.Qom;

namespace QmpHost.Machine.Objects;

/// <summary>A CAN bus without anything on it.</summary>
/// <param name="tree">The tree that it will be in.</param>
public sealed class CanBusObject(QomTree tree) : StoredObject(QomClass, tree)
{
    /// <summary>The class "can-bus".</summary>
    public static QomClass QomClass { get; } = new("can-bus", QomClass.Object);

    /// <inheritdoc/>
    public override bool CanBeDeleted => false;

    /// <inheritdoc/>
    public override string? ReasonToStay => $"Deleting CAN bus device '{Name}' is not supported";
}
