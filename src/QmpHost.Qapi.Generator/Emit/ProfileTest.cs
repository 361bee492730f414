using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Emit;

/// <summary>The test, in generated code, whether an element exists in the release that is shown.</summary>
internal static class ProfileTest
{
    // Must be VersionProfile.Oldest: what is as old as that needs no test.
    public static readonly Release Oldest = new(6, 2);

    /// <summary>The condition, or null if it always holds.</summary>
    public static string? Condition(Marks marks, string profile)
    {
        var parts = new List<string>();
        if (marks.Since is { } since && since.IsAfter(Oldest))
        {
            parts.Add($"{profile}.AtLeast({since.Major}, {since.Minor})");
        }

        if (marks.Removed is { } removed)
        {
            parts.Add($"!{profile}.AtLeast({removed.Major}, {removed.Minor})");
        }

        return parts.Count == 0 ? null : string.Join(" && ", parts);
    }

    /// <summary>The condition under which an element is as it is now.</summary>
    public static string Reached(Release release, string profile) => $"{profile}.AtLeast({release.Major}, {release.Minor})";

    public static string Initializer(Release? release) => release is { } r ? $"new({r.Major}, {r.Minor})" : "default";
}
