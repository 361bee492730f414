using QmpHost.Block.Throttling;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Objects;

/// <summary>A throttle group: limits that several throttle nodes share.</summary>
public sealed class ThrottleGroupObject : UserObject
{
    private ThrottleConfig _config = ThrottleConfig.Unlimited;
    private bool _completed;

    /// <summary>Makes one without limits.</summary>
    /// <param name="tree">The tree that it will be in.</param>
    public ThrottleGroupObject(QomTree tree)
        : base(QomClass, tree)
    {
    }

    /// <summary>Raised when the limits of a completed group have changed.</summary>
    public event Action<ThrottleConfig>? ConfigChanged;

    /// <summary>The class "throttle-group".</summary>
    public static QomClass QomClass { get; } = new("throttle-group", QomClass.Object, ThrottleGroupProperties.All);

    /// <summary>The limits. While the object is being made they may contradict each other.</summary>
    public ThrottleConfig Config => _config;

    /// <summary>Nodes that use the group: as long as there is one, the object cannot be deleted.</summary>
    public int UserCount { get; private set; }

    /// <inheritdoc/>
    public override bool CanBeDeleted => UserCount == 0;

    /// <summary>Notes that a node uses the group.</summary>
    public void AddUser() => UserCount++;

    /// <summary>Notes that a node has stopped using the group.</summary>
    public void RemoveUser() => UserCount--;

    internal void SetSingle(ThrottleConfig config)
    {
        if (_completed)
        {
            throw new QmpException("Property cannot be set after initialization");
        }

        _config = config;
    }

    internal void SetAll(ThrottleConfig config)
    {
        config.Validate();
        _config = config;
        if (_completed)
        {
            ConfigChanged?.Invoke(config);
        }
    }

    /// <inheritdoc/>
    protected internal override void Complete()
    {
        _config.Validate();
        _completed = true;
    }
}
