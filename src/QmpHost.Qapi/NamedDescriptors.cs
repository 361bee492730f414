using Microsoft.Win32.SafeHandles;

namespace QmpHost.Qapi;

/// <summary>Descriptors that a client has passed and given names, until something uses them.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
public sealed class NamedDescriptors : IDisposable
{
    private readonly Dictionary<string, SafeFileHandle> _byName = new(StringComparer.Ordinal);

    /// <summary>Keeps a descriptor; one that had the name is closed.</summary>
    /// <param name="name">The name.</param>
    /// <param name="descriptor">The descriptor, which the list owns from now on.</param>
    public void Add(string name, SafeFileHandle descriptor)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        Take(name)?.Dispose();
        _byName.Add(name, descriptor);
    }

    /// <summary>Takes a descriptor out.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The descriptor, which the caller owns, or null.</returns>
    public SafeFileHandle? Take(string name) => _byName.Remove(name, out SafeFileHandle? descriptor) ? descriptor : null;

    /// <summary>Closes all descriptors.</summary>
    public void Dispose()
    {
        foreach (SafeFileHandle descriptor in _byName.Values)
        {
            descriptor.Dispose();
        }

        _byName.Clear();
    }
}
