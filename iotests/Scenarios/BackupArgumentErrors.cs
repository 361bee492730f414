using System.Text.Json.Nodes;
using QmpHost.IoTests.Harness;

namespace QmpHost.IoTests.Scenarios;

/// <summary>The last part of scenario 257: every combination of sync mode, bitmap and policy that is an error.</summary>
public sealed class BackupArgumentErrors
{
    private static readonly string?[] Bitmaps = [null, "bitmap404", "bitmap0"];
    private static readonly string?[] Policies = ["on-success", "always", "never", null];

    private readonly ScenarioContext _context;

    /// <summary>Creates the part.</summary>
    public BackupArgumentErrors(ScenarioContext context)
    {
        _context = context;
    }

    /// <summary>Plays the part in a host of its own.</summary>
    public async Task RunAsync()
    {
        ScenarioLog log = _context.Log;
        log.Line();
        log.Line("=== API failure tests ===");
        await using BackupDrive drive = await BackupDrive.StartAsync(_context, withFault: false);
        log.Line();
        await drive.CreateTargetAsync("backup_target", "bsync1");
        log.Line();
        await drive.Host.LogAsync(
            "block-dirty-bitmap-add",
            new JsonObject { ["node"] = "drive0", ["name"] = "bitmap0", ["granularity"] = 65536 });

        log.Title("Testing invalid QMP commands", "--");
        foreach (string sync in new[] { "incremental", "bitmap", "full", "top", "none" })
        {
            log.Line($"-- Sync mode {sync} tests --");
            log.Line();
            foreach (JsonObject arguments in Combinations(sync))
            {
                await drive.Host.LogAsync("blockdev-backup", arguments);
                log.Line();
            }
        }

        await drive.Host.ShutDownAsync();
    }

    private static IEnumerable<JsonObject> Combinations(string sync)
    {
        foreach (string? bitmap in Bitmaps)
        {
            foreach (string? policy in Policies)
            {
                if (!IsValid(sync, bitmap, policy))
                {
                    JsonObject arguments = BackupDrive.BackupArguments("api_job", sync, "backup_target");
                    AddIfGiven(arguments, "bitmap", bitmap);
                    AddIfGiven(arguments, "bitmap-mode", policy);
                    yield return arguments;
                }
            }
        }
    }

    // What would start a job.
    private static bool IsValid(string sync, string? bitmap, string? policy) => (bitmap, sync) switch
    {
        (null, "full" or "top" or "none") => policy is null,
        ("bitmap0", "incremental") => policy is null or "on-success",
        ("bitmap0", "bitmap") => policy is not null,
        ("bitmap0", "full" or "top") => policy is "on-success" or "always",
        _ => false,
    };

    private static void AddIfGiven(JsonObject arguments, string name, string? value)
    {
        if (value is not null)
        {
            arguments[name] = value;
        }
    }
}
