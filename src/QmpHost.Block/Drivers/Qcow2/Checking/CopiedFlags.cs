using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Qapi;

namespace QmpHost.Block.Drivers.Qcow2.Checking;

/// <summary>Verifies, or corrects, the flags that allow writing in place: they are set if and only if the count is one.</summary>
internal sealed class CopiedFlags(Qcow2Image image, CheckReport report, bool fix)
{
    private readonly byte[] _table = new byte[image.Geometry.ClusterSize];

    /// <summary>Checks the active tables.</summary>
    /// <exception cref="BlockIOException">One could not be read or written.</exception>
    public async ValueTask CheckAsync()
    {
        for (int i = 0; i < image.L1.UsedLength; i++)
        {
            long offset = (long)(image.L1[i] & L2Entry.OffsetMask);
            if (offset == 0)
            {
                continue;
            }

            await CheckL1EntryAsync(i, offset);
            if (image.ExternalDataFile is null && offset < image.File.Node.Length)
            {
                await image.File.ReadAsync(offset, _table);
                if (await CheckTableAsync() && fix)
                {
                    await WriteTableAsync(offset);
                }
            }
        }
    }

    private async ValueTask CheckL1EntryAsync(int index, long offset)
    {
        ulong entry = image.L1[index];
        ulong? count = await CountAsync(offset);
        if (count is null || (count == 1) == ((entry & L2Entry.Copied) != 0))
        {
            return;
        }

        report.AddFinding($"OFLAG_COPIED L2 cluster: l1_index={index} l1_entry={entry:x} refcount={count}", fix);
        if (fix)
        {
            image.L1.Set(index, entry ^ L2Entry.Copied);
            await image.Tables.WriteL1EntryAsync(index);
        }
    }

    private async ValueTask<bool> CheckTableAsync()
    {
        bool changed = false;
        for (int i = 0; i < image.Geometry.L2Entries; i++)
        {
            L2Entry entry = image.Entries.Read(_table, i);
            if (image.Entries.KindOf(entry) is not (ClusterKind.Normal or ClusterKind.ZeroAllocated))
            {
                continue;
            }

            ulong? count = await CountAsync(entry.HostOffset);
            if (count is not null && (count == 1) != entry.IsCopied)
            {
                report.AddFinding($"OFLAG_COPIED data cluster: l2_entry={entry.Descriptor:x} refcount={count}", fix);
                image.Entries.Write(_table, i, entry with { Descriptor = entry.Descriptor ^ L2Entry.Copied });
                changed = true;
            }
        }

        return changed;
    }

    private async ValueTask WriteTableAsync(long offset)
    {
        try
        {
            image.Overlap.Check(MetadataSections.ActiveL2, offset, _table.Length);
            await image.File.WriteAsync(offset, _table);
        }
        catch (ImageCorruptException e)
        {
            await image.Corruption.ReportFatalAsync(e);
            report.AddFailure($"ERROR: Could not write L2 table; metadata overlap check failed: {Errno.EIO.Describe()}");
            throw new BlockIOException(Errno.EIO, e);
        }
        catch (BlockIOException e)
        {
            report.AddFailure($"ERROR: Could not write L2 table: {e.Message}");
            throw;
        }
    }

    // A count that cannot be read is a finding of its own already.
    private async ValueTask<ulong?> CountAsync(long offset)
    {
        try
        {
            return await image.Refcounts.GetAsync(offset >> image.Geometry.ClusterBits);
        }
        catch (Exception e) when (e is ImageCorruptException or BlockIOException)
        {
            return null;
        }
    }
}
