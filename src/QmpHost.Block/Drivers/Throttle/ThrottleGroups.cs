using QmpHost.Block.Graph;
using QmpHost.Block.Loop;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Throttle;

/// <summary>The throttle groups of one host, by name.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
public sealed class ThrottleGroups
{
    private readonly BlockContext _context;
    private readonly Dictionary<string, ThrottleGroup> _groups = new(StringComparer.Ordinal);

    internal ThrottleGroups(BlockContext context) => _context = context;

    /// <summary>Makes a group (object-add).</summary>
    /// <param name="name">Its name, not in use yet.</param>
    /// <param name="limits">Its limits; what is left out is not limited.</param>
    /// <exception cref="QmpException">The limits make no sense, or "A group with this name already exists".</exception>
    /// <returns>The group.</returns>
    public ThrottleGroup Create(string name, ThrottleLimits limits)
    {
        if (_groups.ContainsKey(name))
        {
            throw new QmpException("A group with this name already exists");
        }

        var group = new ThrottleGroup(_context, name, limits);
        _groups.Add(name, group);
        return group;
    }

    /// <summary>Forgets a group (object-del).</summary>
    /// <param name="group">The group.</param>
    /// <exception cref="InvalidOperationException">A node uses it.</exception>
    public void Delete(ThrottleGroup group)
    {
        if (group.IsInUse)
        {
            throw new InvalidOperationException("The throttle group is in use.");
        }

        _groups.Remove(group.Name);
    }

    /// <summary>Limits a backend's requests together with those of all others of a group.</summary>
    /// <param name="backend">The backend.</param>
    /// <param name="name">The group's name; one that is not there is made, and exists as long as anybody is in it.</param>
    /// <param name="limits">The limits of the group from now on; what is left out is none.</param>
    /// <exception cref="QmpException">They make no sense; nothing has changed.</exception>
    public void Limit(BlockBackend backend, string name, ThrottleLimits limits)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ThrottleGroup.Check(limits);
        if (backend.Throttle?.GroupName != name)
        {
            backend.SetThrottle(new BackendThrottle(FindOrMake(name).Join()));
        }

        _groups[name].ReplaceLimits(limits);
    }

    /// <summary>Finds a group.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The group, or null.</returns>
    public ThrottleGroup? Find(string name) => _groups.GetValueOrDefault(name);

    private ThrottleGroup FindOrMake(string name)
    {
        if (Find(name) is not { } group)
        {
            group = new ThrottleGroup(_context, name, ThrottleSettings.None, deserted => _groups.Remove(deserted.Name));
            _groups.Add(name, group);
        }

        return group;
    }
}
