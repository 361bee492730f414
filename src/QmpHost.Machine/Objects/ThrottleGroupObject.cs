using QmpHost.Block.Drivers.Throttle;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Objects;

/// <summary>A throttle group: limits that several throttle nodes share.</summary>
public sealed class ThrottleGroupObject : UserObject
{
    private readonly ThrottleGroups _groups;
    private ThrottleLimits _wanted = new();
    private ThrottleGroup? _group;

    /// <summary>Makes one without limits.</summary>
    /// <param name="tree">The tree that it will be in.</param>
    /// <param name="groups">The groups of the block layer, one of which it becomes.</param>
    public ThrottleGroupObject(QomTree tree, ThrottleGroups groups)
        : base(QomClass, tree)
    {
        ArgumentNullException.ThrowIfNull(groups);
        _groups = groups;
    }

    /// <summary>The class "throttle-group".</summary>
    public static QomClass QomClass { get; } = new("throttle-group", QomClass.Object, ThrottleGroupMembers.All);

    /// <summary>The limits; with all members present once the object is complete.</summary>
    public ThrottleLimits Limits => _group?.Limits ?? _wanted;

    /// <inheritdoc/>
    public override bool CanBeDeleted => _group is not { IsInUse: true };

    /// <summary>Changes limits; what is left out stays as it is.</summary>
    /// <exception cref="QmpException">The outcome would make no sense; nothing has changed.</exception>
    internal void Change(Func<ThrottleLimits, ThrottleLimits> change)
    {
        if (_group is { } group)
        {
            group.SetLimits(change(new ThrottleLimits()));
        }
        else
        {
            _wanted = change(_wanted);
        }
    }

    /// <summary>Changes limits that are given together, and therefore have to make sense at once.</summary>
    /// <exception cref="QmpException">They make none.</exception>
    internal void ChangeTogether(Func<ThrottleLimits, ThrottleLimits> change)
    {
        Change(change);
        if (_group is null)
        {
            ThrottleGroup.Check(_wanted);
        }
    }

    /// <summary>Checks that the limits may still be given one by one.</summary>
    /// <exception cref="QmpException">The object is complete.</exception>
    internal void CheckIncomplete()
    {
        if (_group is not null)
        {
            throw new QmpException("Property cannot be set after initialization");
        }
    }

    /// <inheritdoc/>
    protected internal override void Complete() => _group = _groups.Create(Name!, _wanted);

    /// <inheritdoc/>
    protected internal override void Finish()
    {
        if (_group is { } group)
        {
            _groups.Delete(group);
        }
    }
}
