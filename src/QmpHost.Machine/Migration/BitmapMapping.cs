using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Migration;

/// <summary>The names that nodes and bitmaps have on the way between two programs.</summary>
internal static class BitmapMapping
{
    // What a message has room for.
    private const int LongestAlias = 255;

    /// <summary>Checks a mapping.</summary>
    /// <param name="mapping">The mapping.</param>
    /// <exception cref="QmpException">A name is wrong, or occurs twice.</exception>
    public static void Check(IReadOnlyList<BitmapMigrationNodeAlias> mapping)
    {
        var nodes = new HashSet<string>(StringComparer.Ordinal);
        var aliases = new HashSet<string>(StringComparer.Ordinal);
        foreach (BitmapMigrationNodeAlias node in mapping)
        {
            Refuse(!Identifier.IsValid(node.Alias), $"The node alias '{node.Alias}' is not well-formed");
            Refuse(node.Alias.Length > LongestAlias, $"The node alias '{node.Alias}' is longer than {LongestAlias} bytes");
            Refuse(!nodes.Add(node.NodeName), $"The node name '{node.NodeName}' is mapped twice");
            Refuse(!aliases.Add(node.Alias), $"The node alias '{node.Alias}' is used twice");
            CheckBitmaps(node);
        }
    }

    private static void CheckBitmaps(BitmapMigrationNodeAlias node)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var aliases = new HashSet<string>(StringComparer.Ordinal);
        foreach (BitmapMigrationBitmapAlias bitmap in node.Bitmaps)
        {
            Refuse(bitmap.Alias.Length > LongestAlias, $"The bitmap alias '{bitmap.Alias}' is longer than {LongestAlias} bytes");
            Refuse(!names.Add(bitmap.Name), $"The bitmap '{node.NodeName}'/'{bitmap.Name}' is mapped twice");
            Refuse(!aliases.Add(bitmap.Alias), $"The bitmap alias '{node.Alias}'/'{bitmap.Alias}' is used twice");
        }
    }

    private static void Refuse(bool holds, string message)
    {
        if (holds)
        {
            throw new QmpException($"Invalid mapping given for block-bitmap-mapping: {message}");
        }
    }
}
