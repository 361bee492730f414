using QmpHost.Block.Bitmaps;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Jobs.Backup;

/// <summary>
/// The bitmap of a backup: frozen while the job runs, with a successor that records what the guest writes meanwhile,
/// and at the end brought into the state that the job's result and the bitmap mode ask for.
/// </summary>
internal sealed class BackupBitmap
{
    private readonly BitmapSyncMode _mode;

    /// <summary>Freezes a bitmap.</summary>
    /// <param name="bitmap">The bitmap; the caller has checked its state.</param>
    /// <param name="mode">What becomes of it.</param>
    public BackupBitmap(DirtyBitmap bitmap, BitmapSyncMode mode)
    {
        Bitmap = bitmap;
        _mode = mode;
        bitmap.CreateSuccessor();
    }

    /// <summary>The frozen bitmap.</summary>
    public DirtyBitmap Bitmap { get; }

    /// <summary>Brings the bitmap into its final state.</summary>
    /// <param name="succeeded">Whether the backup did.</param>
    /// <param name="notCopied">What the job had not copied.</param>
    public void Finish(bool succeeded, HierarchicalBitmap notCopied)
    {
        bool forget = _mode == BitmapSyncMode.Always || (_mode == BitmapSyncMode.OnSuccess && succeeded);
        if (!forget)
        {
            Bitmap.Reclaim();
            return;
        }

        DirtyBitmap successor = Bitmap.Abdicate();
        if (!succeeded)
        {
            successor.Bits.Merge(notCopied);
        }
    }

    /// <summary>Thaws the bitmap of a job that could not be set up.</summary>
    public void Cancel() => Bitmap.Reclaim();
}
