using QmpHost.IoTests.Harness;

namespace QmpHost.IoTests.Scenarios;

/// <summary>
/// Backups with every bitmap sync policy, with and without failures, while the guest writes; then the errors of the
/// command's arguments.
/// </summary>
public sealed class Scenario257 : Scenario
{
    /// <inheritdoc/>
    public override int Number => 257;

    /// <inheritdoc/>
    public override string Remark =>
        """
        The two bitmaps of the filter "backup-top", without names, stand in the listings behind each "--- Write #2 ---":
        first what a reader of the frozen disk may still read, then what the guest has written since.
        """;

    /// <inheritdoc/>
    public override async Task RunAsync(ScenarioContext context)
    {
        foreach ((string mode, string[] policies) in Modes())
        {
            foreach (string policy in policies)
            {
                foreach (BackupFailure failure in new[] { BackupFailure.Simulated, BackupFailure.Intermediate, BackupFailure.None })
                {
                    await new BitmapSyncPart(context, mode, policy, failure).RunAsync();
                    context.RemoveFiles();
                }
            }
        }

        await new BackupArgumentErrors(context).RunAsync();
    }

    private static IEnumerable<(string Mode, string[] Policies)> Modes() =>
    [
        ("bitmap", ["never", "on-success", "always"]),
        ("full", ["on-success", "always"]),
        ("top", ["on-success", "always"]),
    ];
}
