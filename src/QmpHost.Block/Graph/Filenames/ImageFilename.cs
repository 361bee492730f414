namespace QmpHost.Block.Graph.Filenames;

/// <summary>Arithmetic of image filenames.</summary>
internal static class ImageFilename
{
    /// <summary>Whether a name starts with a protocol, as in "nbd://host".</summary>
    public static bool HasProtocol(string name)
    {
        int colon = name.IndexOf(':', StringComparison.Ordinal);
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        return colon >= 0 && (slash < 0 || colon < slash);
    }

    /// <summary>A name that is relative to another image's directory.</summary>
    public static string Combine(string baseName, string name)
    {
        if (name.Length == 0 || name[0] == '/' || HasProtocol(name))
        {
            return name;
        }

        int slash = baseName.LastIndexOf('/');
        return slash < 0 ? name : string.Concat(baseName.AsSpan(0, slash + 1), name);
    }
}
