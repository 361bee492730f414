using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Drivers.Qcow2.Checking;

/// <summary>Verifies, or corrects, the flags that allow writing in place: they are set if and only if the count is one.</summary>
internal static class CopiedFlags
{
    public static async ValueTask CheckAsync(Qcow2Image image, CheckReport report, bool fix)
    {
        byte[] table = new byte[image.Geometry.ClusterSize];
        for (int i = 0; i < image.L1.UsedLength; i++)
        {
            long offset = (long)(image.L1[i] & L2Entry.OffsetMask);
            if (offset == 0 || !image.Geometry.IsAligned(offset))
            {
                continue;
            }

            bool single = await IsSingleAsync(image, offset);
            if (single != ((image.L1[i] & L2Entry.Copied) != 0))
            {
                report.AddCorruption($"OFLAG_COPIED L2 cluster: l1_index={i} l1_entry={image.L1[i]:x} refcount {(single ? "is" : "is not")} 1");
                if (fix)
                {
                    image.L1.Set(i, (ulong)offset | (single ? L2Entry.Copied : 0));
                    await image.Tables.WriteL1EntryAsync(i);
                }
            }

            await image.File.ReadAsync(offset, table);
            if (await CheckTableAsync(image, table, report) && fix)
            {
                await image.File.WriteAsync(offset, table);
            }
        }
    }

    private static async ValueTask<bool> CheckTableAsync(Qcow2Image image, byte[] table, CheckReport report)
    {
        bool changed = false;
        if (image.ExternalDataFile is not null)
        {
            return false;
        }

        for (int i = 0; i < image.Geometry.L2Entries; i++)
        {
            L2Entry entry = image.Entries.Read(table, i);
            bool isStandard = image.Entries.KindOf(entry) is ClusterKind.Normal or ClusterKind.ZeroAllocated;
            if (!isStandard || !image.Geometry.IsAligned(entry.HostOffset))
            {
                continue;
            }

            bool single = await IsSingleAsync(image, entry.HostOffset);
            if (single != entry.IsCopied)
            {
                report.AddCorruption($"OFLAG_COPIED data cluster: l2_entry={entry.Descriptor:x} refcount {(single ? "is" : "is not")} 1");
                image.Entries.Write(table, i, entry with { Descriptor = entry.Descriptor ^ L2Entry.Copied });
                changed = true;
            }
        }

        return changed;
    }

    private static async ValueTask<bool> IsSingleAsync(Qcow2Image image, long offset)
    {
        try
        {
            return await image.Refcounts.GetAsync(offset >> image.Geometry.ClusterBits) == 1;
        }
        catch (Metadata.ImageCorruptException)
        {
            // The broken refcount table is a finding of its own.
            return false;
        }
    }
}
