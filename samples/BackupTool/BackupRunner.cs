using QmpHost.Client;
using QmpHost.Qapi.Schema;

namespace BackupTool;

/// <summary>Backs a disk of QEMU up, in full or what has changed since.</summary>
/// <param name="client">A client of the machine with the disk.</param>
/// <param name="limit">How long a backup may take, by the client's clock.</param>
public sealed class BackupRunner(QmpClient client, TimeSpan limit)
{
    private const string Job = "backup";

    /// <summary>Backs the whole disk up, and begins to note in a bitmap what changes.</summary>
    public Task RunFullAsync(string disk, string target, string bitmap, CancellationToken cancellation = default) => RunAsync(
        cancellation,
        new TransactionAction.BlockDirtyBitmapAdd { Data = new() { Node = disk, Name = bitmap } },
        new TransactionAction.BlockdevBackup { Data = new() { JobId = Job, Device = disk, Target = target, Sync = MirrorSyncMode.Full } });

    /// <summary>Backs up what the bitmap has, and clears it if all went well.</summary>
    public Task RunIncrementalAsync(string disk, string target, string bitmap, CancellationToken cancellation = default) => RunAsync(
        cancellation,
        new TransactionAction.BlockdevBackup
        {
            Data = new() { JobId = Job, Device = disk, Target = target, Sync = MirrorSyncMode.Incremental, Bitmap = bitmap },
        });

    private async Task RunAsync(CancellationToken cancellation, params TransactionAction[] actions)
    {
        // Whoever waits before he asks misses nothing.
        Task<object?> end = EndAsync(cancellation);
        await client.Transaction.TransactionAsync(actions);
        try
        {
            if (await end is BlockJobCompletedEvent { Error: { } error })
            {
                throw new BackupException(error);
            }
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            await client.BlockCore.BlockJobCancelAsync(Job, force: true);
            await EndAsync(default);
            throw new BackupException(e is TimeoutException ? $"not done within {limit}" : "cancelled");
        }
    }

    private async Task<object?> EndAsync(CancellationToken cancellation) => (await client.WaitForEventAsync(
        static e => e.Typed is BlockJobCompletedEvent { Device: Job } or BlockJobCancelledEvent { Device: Job }, limit, cancellation)).Typed;
}

/// <summary>A backup was not made.</summary>
public sealed class BackupException(string reason) : Exception($"The backup failed: {reason}");
