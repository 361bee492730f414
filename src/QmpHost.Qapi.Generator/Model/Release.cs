namespace QmpHost.Qapi.Generator.Model;

/// <summary>A QEMU release.</summary>
internal readonly record struct Release(int Major, int Minor)
{
    public static bool TryParse(string text, out Release release)
    {
        release = default;
        string[] parts = text.Split('.');
        if (parts.Length is < 2 or > 3 || !int.TryParse(parts[0], out int major) || !int.TryParse(parts[1], out int minor))
        {
            return false;
        }

        release = new Release(major, minor);
        return true;
    }

    public bool IsAfter(Release other) => Major > other.Major || (Major == other.Major && Minor > other.Minor);
}
