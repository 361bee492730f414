using NUnit.Framework;
using QmpHost.IoTests.Faults;

namespace QmpHost.IoTests;

/// <summary>Operations in trouble succeed when the cause is gone. What they say meanwhile is recorded (<see cref="CaseTests"/>).</summary>
[TestFixture]
internal sealed class TroubleTests
{
    private static readonly int[] Seeds = [.. Enumerable.Range(0, TroubleCase.Count)];

    [TestCaseSource(nameof(Seeds))]
    public async Task An_operation_succeeds_when_the_cause_is_gone(int seed)
    {
        using var images = new FaultImages();
        await images.LoadAsync(CancellationToken.None);
        await using var host = new FaultHost(TargetSwitch.Selected());
        await host.StartAsync();
        var played = new TroubleCase(seed);
        played.Prepare(images, host.Directory);

        await host.PlayAsync(played.Opening);
        List<string> first = await PlayAsync(host, played.Operation);
        await host.PlayAsync(played.Remedy);
        List<string> second = await PlayAsync(host, played.Operation);

        // What was done the first time may not be possible once more.
        Assert.That(first.Zip(second).Where(static pair => IsFailure(pair.First) && IsFailure(pair.Second)), Is.Empty);
        Assert.That(second.Where(static said => said.Contains("read failed", StringComparison.Ordinal) || said.Contains("verification failed", StringComparison.Ordinal)), Is.Empty);
    }

    private static async Task<List<string>> PlayAsync(FaultHost host, IEnumerable<string> commands)
    {
        var said = new List<string>();
        foreach (string command in commands)
        {
            said.Add(await host.PlayAsync([command]));
        }

        return said;
    }

    private static bool IsFailure(string said) => said.Contains("\"error\"", StringComparison.Ordinal) || said.Contains("failed", StringComparison.Ordinal);
}
