using QmpHost.Net.Tls;

namespace QmpHost.Nbd.Exports;

/// <summary>The user-created objects of a host that servers and clients name by their ids.</summary>
/// <remarks>Used on the host's loop only.</remarks>
public interface INbdObjects : ITlsObjects
{
    /// <summary>Finds an iothread.</summary>
    /// <param name="path">Its id, or a path in the tree of objects that leads to it.</param>
    /// <returns>Its id, or null if there is no such iothread.</returns>
    string? FindIOThread(string path);
}
