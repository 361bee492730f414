using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Objects;

/// <summary>The settings of the main loop, of which there is one.</summary>
public sealed class MainLoopObject : StoredObject
{
    private const long DefaultMostThreads = 64;

    /// <summary>Makes an object.</summary>
    /// <param name="tree">The tree that it will be in.</param>
    public MainLoopObject(QomTree tree)
        : base(QomClass, tree)
    {
    }

    /// <summary>The class "main-loop".</summary>
    public static QomClass QomClass { get; } = new("main-loop", QomClass.Object,
    [
        StoredProperty.Number("thread-pool-min", 0),
        StoredProperty.Number("aio-max-batch", 0),
        StoredProperty.Number("thread-pool-max", DefaultMostThreads),
    ]);

    /// <inheritdoc/>
    public override bool CanBeDeleted => false;

    /// <inheritdoc/>
    protected internal override void Complete()
    {
        if (Parent!.Children.OfType<MainLoopObject>().Count() > 1)
        {
            throw new QmpException("only one main-loop instance allowed");
        }

        if (Number("thread-pool-min") > Number("thread-pool-max") || Number("thread-pool-max") is 0 or > int.MaxValue)
        {
            throw new QmpException("bad thread-pool-min/thread-pool-max values");
        }

        base.Complete();
    }
}
