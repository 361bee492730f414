using System.Text.Json.Nodes;
using QmpHost.IoTests.Harness;
using QmpHost.Sessions;

namespace QmpHost.IoTests.Scenarios;

/// <summary>One part of scenario 257: one sync mode, one bitmap sync policy, one kind of failure.</summary>
public sealed class BitmapSyncPart
{
    private const int Granularity = 65536;

    private readonly ScenarioContext _context;
    private readonly ScenarioLog _log;
    private readonly string _mode;
    private readonly string _policy;
    private readonly BackupFailure _failure;
    private readonly BitmapModel _allocated = new(Granularity);
    private readonly BitmapModel _bitmap = new(Granularity);

    /// <summary>Creates the part.</summary>
    public BitmapSyncPart(ScenarioContext context, string mode, string policy, BackupFailure failure)
    {
        _context = context;
        _log = context.Log;
        _mode = mode;
        _policy = policy;
        _failure = failure;
    }

    /// <summary>Plays the part in a host of its own.</summary>
    public async Task RunAsync()
    {
        string how = _failure == BackupFailure.None ? "without failure" : $"with {_failure.ToString().ToLowerInvariant()} failure";
        _log.Line();
        _log.Line($"=== Mode {_mode}; Bitmap Sync {_policy} {how} ===");

        await using (BackupDrive drive = await BackupDrive.StartAsync(_context, _failure == BackupFailure.Intermediate))
        {
            await PlayAsync(drive);
            await drive.Host.ShutDownAsync();
        }

        await VerifyAsync();
    }

    private async Task PlayAsync(BackupDrive drive)
    {
        await WriteBatchAsync(drive, 0, "drive0");
        _log.PrettyJson(await drive.BitmapsAsync());
        await drive.ReferenceBackupAsync(0);

        _log.Title("Add Bitmap", "---");
        await drive.Host.LogAsync(
            "block-dirty-bitmap-add",
            new JsonObject { ["node"] = "drive0", ["name"] = "bitmap0", ["granularity"] = Granularity });

        _bitmap.Merge(await WriteBatchAsync(drive, 1, "drive0"));
        await CheckBitmapsAsync(drive);
        await drive.ReferenceBackupAsync(1);
        if (_failure == BackupFailure.Intermediate)
        {
            _log.Line();
            _log.Json(await drive.Host.QemuIoAsync("drive0", "flush"));
        }

        await FirstBackupAsync(drive);

        _bitmap.Merge(await WriteBatchAsync(drive, 3, "drive0"));
        await CheckBitmapsAsync(drive);
        await drive.ReferenceBackupAsync(2);
        await SecondBackupAsync(drive);

        _log.Title("Cleanup", "---");
        await drive.Host.LogAsync("block-dirty-bitmap-remove", new JsonObject { ["node"] = "drive0", ["name"] = "bitmap0" });
        _log.PrettyJson(await drive.BitmapsAsync());
    }

    private async Task FirstBackupAsync(BackupDrive drive)
    {
        BitmapModel toCopy = _mode switch
        {
            "full" => BitmapModel.Full(Granularity, BackupDrive.Size),
            "top" => _allocated.Copy(),
            _ => _bitmap.Copy(),
        };
        var writtenMeanwhile = new BitmapModel(Granularity);
        JsonObject end = await BackupAsync(drive, 1, _mode, async () =>
        {
            writtenMeanwhile.Merge(await WriteBatchAsync(drive, 2, "backup-top"));
            await CheckBitmapsAsync(drive, writtenMeanwhile);
            _log.Line();
        });

        if (_failure == BackupFailure.Intermediate)
        {
            // The event tells how far the copy came; what was left must still be dirty.
            toCopy.DropFirst((int)((long)end["data"]!["offset"]! / Granularity));
        }
        else
        {
            toCopy.Clear();
        }

        FinishBitmap(failed: _failure != BackupFailure.None, leftToCopy: toCopy);
        _bitmap.Merge(writtenMeanwhile);
        await CheckBitmapsAsync(drive);
    }

    private async Task SecondBackupAsync(BackupDrive drive)
    {
        await BackupAsync(drive, 2, "bitmap", () => Task.CompletedTask);
        FinishBitmap(failed: false, leftToCopy: new BitmapModel(Granularity));
        await CheckBitmapsAsync(drive);
    }

    private async Task<JsonObject> BackupAsync(BackupDrive drive, int number, string sync, Func<Task> whilePending)
    {
        _log.Title($"Test Backup #{number}", "---");
        await drive.CreateTargetAsync($"backup_target_{number}", $"bsync{number}");
        JsonObject arguments = BackupDrive.BackupArguments($"backup_{number}", sync, $"backup_target_{number}");
        arguments["auto-finalize"] = false;
        arguments["bitmap"] = "bitmap0";
        arguments["bitmap-mode"] = _policy;
        await drive.Host.LogAsync("blockdev-backup", arguments);

        bool cancel = number == 1 && _failure == BackupFailure.Simulated;
        return await drive.Host.RunJobAsync(_log, $"backup_{number}", async () =>
        {
            await whilePending();
            await drive.Host.LogAsync(cancel ? "job-cancel" : "job-finalize", new JsonObject { ["id"] = $"backup_{number}" });
        });
    }

    // The policy decides what becomes of the old content of the bitmap.
    private void FinishBitmap(bool failed, BitmapModel leftToCopy)
    {
        if (_policy == "always" || (_policy == "on-success" && !failed))
        {
            _bitmap.Clear();
            _bitmap.Merge(leftToCopy);
        }
    }

    private async Task<BitmapModel> WriteBatchAsync(BackupDrive drive, int number, string node)
    {
        _log.Title($"Write #{number}", "---");
        var touched = new BitmapModel(Granularity);
        foreach (PatternWrite write in PatternWrite.Batches[number])
        {
            _log.Line(write.Command);
            _log.Json(await drive.Host.QemuIoAsync(node, write.Command));
            touched.Write(write.Offset, write.Length);
        }

        _allocated.Merge(touched);
        return touched;
    }

    private async Task CheckBitmapsAsync(BackupDrive drive, BitmapModel? successor = null)
    {
        JsonObject listing = await drive.BitmapsAsync();
        _log.PrettyJson(listing);
        var bitmaps = (JsonArray)listing["bitmaps"]!["drive0"]!;
        Check(bitmaps, "bitmap0", _bitmap);
        if (successor is not null)
        {
            Check(bitmaps, null, successor);
        }
    }

    // During a job the writes go to an anonymous bitmap that records; the others of that kind are disabled.
    private void Check(JsonArray bitmaps, string? name, BitmapModel expected)
    {
        JsonNode bitmap = bitmaps.Single(b => (string?)b!["name"] == name && (bool)b["recording"]!)!;
        long have = (long)bitmap["count"]! / (long)bitmap["granularity"]!;
        _log.Line();
        _log.Line($"= Checking Bitmap {name ?? "(anonymous)"} =");
        _log.Line($"expecting {expected.Count} dirty sectors; have {have}. {(have == expected.Count ? "OK!" : "ERROR!")}");
    }

    private async Task VerifyAsync()
    {
        _log.Title("Verification", "---");
        var reference1 = new ImageChain("qcow2", _context.PathOf("fbackup1"));
        var reference2 = new ImageChain("qcow2", _context.PathOf("fbackup2"));
        var backup1 = new ImageChain("qcow2", _context.PathOf("bsync1"), new ImageChain("qcow2", _context.PathOf("fbackup0")));
        var backup2 = new ImageChain("qcow2", _context.PathOf("bsync2"), backup1);

        await CompareAsync(backup1, reference1, equal: _failure != BackupFailure.Intermediate);
        await CompareAsync(backup2, reference2, equal: true);
        await CompareAsync(new ImageChain("qcow2", _context.PathOf("img")), reference2, equal: true);
        _log.Line();
    }

    private async Task CompareAsync(ImageChain first, ImageChain second, bool equal)
    {
        bool result = await _context.Tools.CompareAsync(first, second, default);
        _log.Line($"qemu_img compare \"{first.Path}\" \"{second.Path}\" ==> "
            + $"{(result ? "Identical" : "Mismatch")}, {(result == equal ? "OK!" : "ERROR!")}");
    }
}
