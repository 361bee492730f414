namespace QmpHost.Nbd.Server;

/// <summary>The exports that clients of a server can find.</summary>
/// <remarks>Used on the host's loop only.</remarks>
public interface INbdExportDirectory
{
    /// <summary>All exports in the order in which they are listed.</summary>
    IEnumerable<NbdExport> Exports { get; }

    /// <summary>Finds an export.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The export, or null.</returns>
    NbdExport? Find(string name);
}
