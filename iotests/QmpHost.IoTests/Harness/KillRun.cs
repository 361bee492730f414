using System.Globalization;
using QmpHost.IoTests.Scenarios;
using QmpHost.Sessions;

namespace QmpHost.IoTests.Harness;

/// <summary>Plays parts of scenario 257 in hosts that are killed at random moments, and judges the images they leave.</summary>
public sealed class KillRun
{
    private static readonly string[] Modes = ["bitmap", "full", "top"];
    private static readonly string[] Policies = ["on-success", "always"];

    private readonly ISessionTarget _target;
    private readonly Random _random;
    private readonly int _longest;

    /// <summary>Creates a run.</summary>
    /// <param name="target">Whose hosts are killed.</param>
    /// <param name="seed">Decides the parts and the moments.</param>
    /// <param name="longest">Longest life of a host in milliseconds.</param>
    public KillRun(ISessionTarget target, int seed, int longest = 1000)
    {
        _target = target;
        _random = new Random(seed);
        _longest = longest;
    }

    /// <summary>One life and death.</summary>
    /// <returns>What is wrong with the images; null if nothing is. Leaked clusters are no damage.</returns>
    public async Task<string?> OnceAsync()
    {
        var after = TimeSpan.FromMilliseconds(_random.Next(_longest));
        var killing = new KillingTarget(_target, after);
        await using var context = new ScenarioContext(killing, new QemuImageTools(), lines: null);
        var part = new BitmapSyncPart(context, Pick(Modes), Pick(Policies), BackupFailure.None);
        try
        {
            await part.RunAsync();
        }
        catch (Exception e) when (e is SessionException or InvalidOperationException or IOException or Client.QmpConnectionException)
        {
            // The host died under the scenario, as it should.
        }

        foreach (string image in context.Files())
        {
            string? damage = await JudgeAsync(image);
            if (damage is not null)
            {
                return string.Create(CultureInfo.InvariantCulture, $"killed after {after.TotalMilliseconds} ms: {damage}");
            }
        }

        return null;
    }

    // An image whose creation was interrupted has no header yet and holds nothing.
    private static async Task<string?> JudgeAsync(string image)
    {
        if (!await HasHeaderAsync(image))
        {
            return null;
        }

        ToolResult result = await ToolRunner.RunAsync("qemu-img", ["check", "-f", "qcow2", image], ".", CancellationToken.None);
        return result.ExitCode is 0 or 3 ? null : $"{Path.GetFileName(image)}: {result.Output}{result.Error}";
    }

    private static async Task<bool> HasHeaderAsync(string image)
    {
        byte[] magic = new byte[4];
        await using var file = new FileStream(image, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        await file.ReadAtLeastAsync(magic, magic.Length, throwOnEndOfStream: false);
        return magic is [(byte)'Q', (byte)'F', (byte)'I', 0xfb];
    }

    private string Pick(string[] choices) => choices[_random.Next(choices.Length)];
}
