using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Drivers.Qcow2.IO;

/// <summary>Writes data: one write per run of neighbouring host clusters, outside of the metadata lock.</summary>
internal sealed class GuestWriter(
    BlockChild file, BlockChild dataFile, WritePlanner planner, AllocationLinker linker, PartialClusters partial, GuestCipher? cipher)
{
    /// <summary>Writes.</summary>
    /// <param name="offset">Start in bytes, within the disk.</param>
    /// <param name="data">What to write.</param>
    public async ValueTask WriteAsync(long offset, WrittenData data)
    {
        PieceTasks? pieces = null;
        long neighbour = 0;
        while (!data.IsEmpty && pieces is not { HasFailed: true })
        {
            WriteRun run;
            try
            {
                run = await planner.PlanAsync(offset, data.Length, neighbour);
            }
            catch (Exception e) when (pieces is not null && e is (BlockIOException or ImageCorruptException))
            {
                // Pieces under way use the caller's buffer: they end first.
                await pieces.AddAsync(ValueTask.FromException(e));
                break;
            }

            WrittenData part = data.Start(run.Length);
            data = data.Skip(part.Length);
            if (data.IsEmpty && pieces is null)
            {
                await WriteRunAsync(run, offset, part);
                return;
            }

            pieces ??= new PieceTasks();
            await pieces.AddAsync(WriteRunAsync(run, offset, part));
            offset += part.Length;
            neighbour = run.Allocation is null or { KeepsHost: true } ? run.HostOffset + part.Length : 0;
        }

        if (pieces is not null)
        {
            await pieces.CompleteAsync();
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
