using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Objects;

/// <summary>The settings of the main loop, of which there is one.</summary>
public sealed class MainLoopObject : EventLoopObject
{
    /// <summary>Makes an object.</summary>
    /// <param name="tree">The tree that it will be in.</param>
    public MainLoopObject(QomTree tree)
        : base(QomClass, tree)
    {
    }

    /// <summary>The class "main-loop".</summary>
    public static QomClass QomClass { get; } = new("main-loop", BaseClass);

    /// <inheritdoc/>
    public override bool CanBeDeleted => false;

    /// <inheritdoc/>
    public override string? ReasonToStay => $"Deleting main loop '{Name}' is not supported";

    /// <inheritdoc/>
    protected internal override void Complete()
    {
        if (Parent!.Children.OfType<MainLoopObject>().Count() > 1)
        {
            throw new QmpException("only one main-loop instance allowed");
        }

        base.Complete();
    }
}
