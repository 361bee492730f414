using QmpHost.Block.Bitmaps;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.Migration;

/// <summary>Packs the dirty bitmaps of a machine for the way, and unpacks them at its end. In main turns only.</summary>
/// <param name="graph">The graph.</param>
/// <param name="mapping">The names on the way, or null where everything keeps its name.</param>
internal sealed class BitmapPassage(BlockGraph graph, IReadOnlyList<BitmapMigrationNodeAlias>? mapping)
{
    private const int LongestName = 255;

    /// <summary>The bitmaps that travel.</summary>
    /// <exception cref="QmpException">One of them cannot.</exception>
    public IReadOnlyList<(DirtyBitmap Bitmap, string NodeAlias, string Alias)> Collect()
    {
        var found = new List<(DirtyBitmap, string, string)>();
        foreach (BlockNode node in graph.OpenNodes)
        {
            foreach (DirtyBitmap bitmap in node.Bitmaps.NewestFirst)
            {
                if (bitmap.Name is { } name && Find(node, name) is { } names)
                {
                    Check(bitmap, node, names.Alias);
                    found.Add((bitmap, names.Node, names.Alias));
                }
            }
        }

        return found;
    }

    /// <summary>Packs a bitmap.</summary>
    /// <param name="bitmap">The bitmap.</param>
    /// <param name="nodeAlias">Its node's name on the way.</param>
    /// <param name="alias">Its name on the way.</param>
    public static TravellingBitmap Pack(DirtyBitmap bitmap, string nodeAlias, string alias)
    {
        byte[] data = new byte[bitmap.Bits.GetSerialisedLength()];
        bitmap.Bits.SerialisePart(0, data);
        return new TravellingBitmap(nodeAlias, alias, bitmap.IsEnabled, bitmap.IsPersistent, (int)bitmap.Granularity, bitmap.Size, data);
    }

    /// <summary>Unpacks bitmaps. One without a place here is left out, and said.</summary>
    /// <param name="bitmaps">The bitmaps.</param>
    /// <param name="tell">Told what is left out.</param>
    /// <exception cref="MigrationLoadException">One is there already, or does not fit its disk.</exception>
    public void Unpack(IReadOnlyList<TravellingBitmap> bitmaps, Action<string> tell)
    {
        // As in QEMU, the first that is left out takes those behind it along.
        foreach (TravellingBitmap bitmap in bitmaps)
        {
            if (FindPlace(bitmap, tell) is not { } place)
            {
                return;
            }

            Unpack(bitmap, place.Node, place.Name, place.IsPersistent);
        }
    }

    private static void Unpack(TravellingBitmap packed, BlockNode node, string name, bool isPersistent)
    {
        if (node.Bitmaps.Find(name) is not null)
        {
            throw new MigrationLoadException($"Bitmap with the same name ('{name}') already exists on destination", "dirty-bitmap");
        }

        DirtyBitmap bitmap = node.Bitmaps.Create(name, packed.Granularity);
        if (bitmap.Size != packed.Size || bitmap.Bits.GetSerialisedLength() != packed.Data.Length)
        {
            node.Bitmaps.Release(bitmap);
            throw new MigrationLoadException($"Cannot migrate bitmap '{name}' on node '{node.NodeName}': its disk has another size here", "dirty-bitmap");
        }

        bitmap.Bits.DeserialisePart(0, packed.Data);
        bitmap.IsPersistent = isPersistent;
        bitmap.IsEnabled = packed.IsEnabled;
    }

    private static void Check(DirtyBitmap bitmap, BlockNode node, string alias)
    {
        try
        {
            bitmap.Check(DirtyBitmapChecks.Busy | DirtyBitmapChecks.ReadOnly | DirtyBitmapChecks.Inconsistent);
        }
        catch (QmpException e)
        {
            throw new QmpException(e.Message);
        }

        if (alias.Length > LongestName)
        {
            throw new QmpException($"Cannot migrate bitmap '{bitmap.Name}' on node '{node.NodeName}': Name is longer than {LongestName} bytes");
        }
    }

    // A node that a device or a drive with a name is on travels under the drive's name.
    private (string Node, string Alias)? Find(BlockNode node, string bitmap)
    {
        if (mapping is null)
        {
            string? drive = node.Parents.Select(static edge => edge.Parent).OfType<BlockBackend>().Select(static backend => backend.Name).FirstOrDefault(static name => name.Length > 0);
            return (drive ?? node.NodeName, bitmap);
        }

        BitmapMigrationNodeAlias? entry = mapping.FirstOrDefault(entry => entry.NodeName == node.NodeName);
        string? alias = entry?.Bitmaps.FirstOrDefault(known => known.Name == bitmap)?.Alias;
        return alias is null ? null : (entry!.Alias, alias);
    }

    private (BlockNode Node, string Name, bool IsPersistent)? FindPlace(TravellingBitmap bitmap, Action<string> tell)
    {
        string nodeName = bitmap.NodeAlias, name = bitmap.Alias;
        bool isPersistent = bitmap.IsPersistent;
        if (mapping is not null)
        {
            if (mapping.FirstOrDefault(entry => entry.Alias == bitmap.NodeAlias) is not { } entry)
            {
                tell($"Error: Unknown node alias '{bitmap.NodeAlias}'");
                return null;
            }

            nodeName = entry.NodeName;
            if (entry.Bitmaps.FirstOrDefault(known => known.Alias == bitmap.Alias) is not { } known)
            {
                tell($"Error: Unknown bitmap alias '{bitmap.Alias}' on node '{nodeName}' (alias '{bitmap.NodeAlias}')");
                return null;
            }

            name = known.Name;
            isPersistent = known.Transform?.Persistent ?? isPersistent;
        }

        try
        {
            return (graph.LookUp(nodeName), name, isPersistent);
        }
        catch (QmpException e)
        {
            tell(e.Message);
            return null;
        }
    }
}
