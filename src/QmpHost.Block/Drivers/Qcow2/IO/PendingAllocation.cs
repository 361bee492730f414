namespace QmpHost.Block.Drivers.Qcow2.IO;

/// <summary>Guest clusters that got host clusters, while their data is being written and the L2 table does not know yet.</summary>
internal sealed class PendingAllocation
{
    private TaskCompletionSource? _done;

    /// <summary>The first guest cluster's offset on the disk, in bytes.</summary>
    public required long GuestStart { get; init; }

    /// <summary>Behind the last guest cluster.</summary>
    public required long GuestEnd { get; init; }

    /// <summary>The first host cluster's offset.</summary>
    public required long HostStart { get; init; }

    /// <summary>Whether the host clusters were the guest clusters' own before.</summary>
    public required bool KeepsHost { get; init; }

    /// <summary>Where copying of old contents before the written data starts; the data's start if there is none.</summary>
    public long CopyStart { get; init; }

    /// <summary>Start of the written data.</summary>
    public long DataStart { get; init; }

    /// <summary>End of the written data.</summary>
    public long DataEnd { get; init; }

    /// <summary>Where copying of old contents behind the written data ends; the data's end if there is none.</summary>
    public long CopyEnd { get; init; }

    /// <summary>Whether nothing was written: with extended entries, subclusters stay unallocated.</summary>
    public bool IsPreallocation { get; set; }

    /// <summary>Whether old contents must be kept around the data.</summary>
    public bool Copies => CopyStart != DataStart || CopyEnd != DataEnd;

    /// <summary>Ends when the tables know the clusters, or the allocation was given up.</summary>
    public Task WhenDone => (_done ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void SetDone() => _done?.SetResult();

    /// <summary>Where on the host a place of the disk goes.</summary>
    public long HostOf(long guestOffset) => HostStart + (guestOffset - GuestStart);
}
