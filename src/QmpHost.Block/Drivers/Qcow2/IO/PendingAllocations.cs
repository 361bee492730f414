namespace QmpHost.Block.Drivers.Qcow2.IO;

/// <summary>The allocations under way: a second request for the same clusters waits for the first.</summary>
/// <remarks>Used under the image's metadata lock.</remarks>
internal sealed class PendingAllocations
{
    private readonly List<PendingAllocation> _pending = [];

    public void Add(PendingAllocation allocation) => _pending.Add(allocation);

    /// <summary>The allocation is over: those who wait for it go on.</summary>
    public void Complete(PendingAllocation allocation)
    {
        _pending.Remove(allocation);
        allocation.SetDone();
    }

    /// <summary>Looks for an allocation that an area of whole clusters overlaps.</summary>
    /// <param name="start">Start of the area.</param>
    /// <param name="end">End of the area; cut to the start of the next allocation.</param>
    /// <returns>The allocation in which the area starts, or null: then the area, as cut, is free of allocations.</returns>
    public PendingAllocation? Find(long start, ref long end)
    {
        foreach (PendingAllocation allocation in _pending)
        {
            if (allocation.GuestStart >= end || allocation.GuestEnd <= start)
            {
                continue;
            }

            if (allocation.GuestStart <= start)
            {
                return allocation;
            }

            end = allocation.GuestStart;
        }

        return null;
    }
}
