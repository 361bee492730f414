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
    /// <exception cref="QmpException">The limits make no sense.</exception>
    /// <returns>The group.</returns>
    public ThrottleGroup Create(string name, ThrottleLimits limits)
    {
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

    /// <summary>Finds a group.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The group, or null.</returns>
    public ThrottleGroup? Find(string name) => _groups.GetValueOrDefault(name);
}
