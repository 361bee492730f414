using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Drivers.Qcow2.IO;

/// <summary>Writes data: one write per run of neighbouring host clusters, outside of the metadata lock.</summary>
internal sealed class GuestWriter(
    BlockChild file, BlockChild dataFile, WritePlanner planner, OverlapGuard overlap, AllocationLinker linker, PartialClusters partial, GuestCipher? cipher)
{
    /// <summary>Writes.</summary>
    /// <param name="offset">Start in bytes, within the disk.</param>
    /// <param name="data">What to write.</param>
    public async ValueTask WriteAsync(long offset, WrittenData data)
    {
        PieceTasks? pieces = null;
        while (!data.IsEmpty && pieces is not { HasFailed: true })
        {
            WriteGroup group;
            try
            {
                group = await PlanAsync(offset, data.Length);
            }
            catch (Exception e) when (pieces is not null && e is (BlockIOException or ImageCorruptException))
            {
                // Pieces under way use the caller's buffer: they end first.
                await pieces.AddAsync(ValueTask.FromException(e));
                break;
            }

            WrittenData part = data.Start(group.Length);
            data = data.Skip(part.Length);
            ValueTask writing = group.Runs.Count == 1 ? WriteRunAsync(group.Runs[0], offset, part) : WriteGroupAsync(group, offset, part);
            if (data.IsEmpty && pieces is null)
            {
                await writing;
                return;
            }

            pieces ??= new PieceTasks();
            await pieces.AddAsync(writing);
            offset += part.Length;
        }

        if (pieces is not null)
        {
            await pieces.CompleteAsync();
        }
    }

    /// <summary>Plans as much as goes to one place. Where something of it cannot be had, none of it is written.</summary>
    private async ValueTask<WriteGroup> PlanAsync(long offset, int length)
    {
        var runs = new List<WriteRun>(1);
        try
        {
            await planner.PlanGroupAsync(offset, length, runs);
            var group = new WriteGroup(runs);
            if (dataFile == file)
            {
                overlap.Check(MetadataSections.None, group.HostOffset, group.Length);
            }

            return group;
        }
        catch (Exception e) when (e is BlockIOException or ImageCorruptException)
        {
            await AbandonAsync(new WriteGroup(runs).Allocations);
            throw;
        }
    }

    private ValueTask AbandonAsync(IEnumerable<PendingAllocation> allocations) => linker.AbandonAsync(allocations, dataFile != file);

    private async ValueTask WriteGroupAsync(WriteGroup group, long offset, WrittenData part)
    {
        var unfinished = new Queue<PendingAllocation>(group.Allocations);
        try
        {
            var zeroed = new HashSet<PendingAllocation>();
            foreach (PendingAllocation allocation in unfinished)
            {
                if (allocation.Copies && part.InMemory is not null && await partial.TryZeroAroundAsync(allocation))
                {
                    zeroed.Add(allocation);
                }
            }

            await WriteDataAsync(part, group.HostOffset, offset);
            while (unfinished.TryPeek(out PendingAllocation? allocation))
            {
                if (allocation.Copies && !zeroed.Contains(allocation))
                {
                    await partial.CopyAroundAsync(allocation);
                }

                unfinished.Dequeue();
                await linker.LinkAsync(allocation);
            }
        }
        catch
        {
            await AbandonAsync(unfinished);
            throw;
        }
    }

    private async ValueTask WriteRunAsync(WriteRun run, long offset, WrittenData part)
    {
        if (run.Allocation is not { } allocation)
        {
            await WriteDataAsync(part, run.HostOffset, offset);
            return;
        }

        try
        {
            if (!allocation.Copies || (part.InMemory is not null && await partial.TryZeroAroundAsync(allocation)))
            {
                await WriteDataAsync(part, run.HostOffset, offset);
            }
            else
            {
                await partial.WriteWithCopiesAsync(allocation, part);
            }
        }
        catch
        {
            await linker.AbandonAsync(allocation, dataFile != file);
            throw;
        }

        await linker.LinkAsync(allocation);
    }

    private ValueTask WriteDataAsync(WrittenData part, long hostOffset, long offset) => cipher is null
        ? part.WriteAsync(file, dataFile, hostOffset)
        : cipher.WriteAsync(file, dataFile, hostOffset, offset, part.InMemory!.Value);
}
