using System.Globalization;
using System.Text;
using QmpHost.IoTests.Harness;
using QmpHost.Sessions;

namespace QmpHost.IoTests.Faults;

/// <summary>
/// The command <c>faults</c>: requests of every kind fail, once and for good, on every kind of qcow2 image; what QmpHost and QEMU
/// say and what they leave in the image are compared.
/// </summary>
internal sealed class FaultsCommand(TextWriter output)
{
    private const int CasesPerHost = 25;

    // So often QEMU is asked again where it differs: an order of requests that run at the same time is not always the same.
    private const int Repetitions = 3;

    private readonly Dictionary<FaultVerdict, int> _counts = [];
    private int _worse;

    /// <summary>Runs it; the result is the exit code.</summary>
    public async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        int seed = 1;
        int cases = 100;
        int[]? only = null;
        for (int i = 0; i + 1 < arguments.Count; i += 2)
        {
            string value = arguments[i + 1];
            _ = arguments[i] switch
            {
                "--seed" => seed = int.Parse(value, CultureInfo.InvariantCulture),
                "--cases" => cases = int.Parse(value, CultureInfo.InvariantCulture),
                "--only" => (only = [.. value.Split(',').Select(static word => int.Parse(word, CultureInfo.InvariantCulture))]).Length,
                _ => throw new ArgumentException($"unknown option '{arguments[i]}'"),
            };
        }

        using var images = new FaultImages();
        await images.MakeAsync(CancellationToken.None);
        int[] seeds = only ?? [.. Enumerable.Range(seed, cases)];
        foreach (int[] chunk in seeds.Chunk(CasesPerHost))
        {
            await PlayAsync(images, chunk);
        }

        await output.WriteLineAsync(
            $"{seeds.Length} cases: {Count(FaultVerdict.Equal)} equal, {Count(FaultVerdict.NotRepeated)} that QEMU does not repeat, "
            + $"{Count(FaultVerdict.Sounder)} sounder than QEMU's, {Count(FaultVerdict.OtherPlaces)} the same in other places, "
            + $"{Count(FaultVerdict.QemuDied)} that QEMU dies of, {Count(FaultVerdict.Unexplained)} unexplained, {_worse} of them less sound");
        return Count(FaultVerdict.Unexplained) == 0 ? 0 : 1;
    }

    private int Count(FaultVerdict verdict) => _counts.GetValueOrDefault(verdict);

    private async Task PlayAsync(FaultImages images, int[] seeds)
    {
        await using var own = new FaultHost(IoTestSettings.FromEnvironment().CreateTarget());
        await using var oracle = new FaultHost(ProcessTarget.Oracle());
        await own.StartAsync();
        await oracle.StartAsync();
        for (int i = 0; i < seeds.Length; i++)
        {
            FaultVerdict verdict = await JudgeAsync(images, new FaultCase(seeds[i]), oracle, own);
            _counts[verdict] = Count(verdict) + 1;
            if (oracle.HasEnded || own.HasEnded)
            {
                // A host that is gone says nothing more: the rest is played on new ones.
                await PlayAsync(images, seeds[(i + 1)..]);
                return;
            }
        }
    }

    private async Task<FaultVerdict> JudgeAsync(FaultImages images, FaultCase fault, FaultHost oracle, FaultHost own)
    {
        string expected = await PlayAsync(images, fault, oracle);
        string found = await PlayAsync(images, fault, own);
        string? bytes = Compare(oracle.Directory, own.Directory);
        if (expected == found && bytes is null)
        {
            return FaultVerdict.Equal;
        }

        if (oracle.HasEnded && !own.HasEnded)
        {
            return FaultVerdict.QemuDied;
        }

        (FaultVerdict verdict, string soundness) = await FaultJudge.ExplainAsync(expected, found, oracle.Directory, own.Directory);
        byte[] image = File.ReadAllBytes(Path.Combine(oracle.Directory, "image"));
        for (int i = 0; i < Repetitions && !oracle.HasEnded; i++)
        {
            string again = await PlayAsync(images, fault, oracle);
            bool isOurs = again == found && Compare(oracle.Directory, own.Directory) is null;
            if (isOurs || again != expected || !image.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(oracle.Directory, "image"))))
            {
                return FaultVerdict.NotRepeated;
            }
        }

        await TellAsync(fault, verdict, expected, found, $"{bytes}; {soundness}");
        _worse += verdict == FaultVerdict.Unexplained && await FaultJudge.CheckAsync(own.Directory) > await FaultJudge.CheckAsync(oracle.Directory) ? 1 : 0;
        return verdict;
    }

    private async Task TellAsync(FaultCase fault, FaultVerdict verdict, string expected, string found, string files)
    {
        await output.WriteLineAsync($"== {fault}");
        if (verdict == FaultVerdict.Unexplained)
        {
            await output.WriteLineAsync(SessionComparison.Difference(expected, found));
        }

        await output.WriteLineAsync($"{verdict}: {files}");
    }

    private static async Task<string> PlayAsync(FaultImages images, FaultCase fault, FaultHost host)
    {
        images.Copy(fault.Kind, host.Directory);
        var said = new StringBuilder();
        foreach (string command in (string[])[fault.OpenCommand(withFault: true), .. fault.Commands, Remove, fault.OpenCommand(withFault: false), Query, Remove])
        {
            if (!host.HasEnded)
            {
                said.Append(await host.ExecuteAsync(command));
            }
        }

        return said.Append(host.TakePrinted()).ToString();
    }

    private const string Remove = "{\"execute\": \"blockdev-del\", \"arguments\": {\"node-name\": \"n\"}}";

    private const string Query = "{\"execute\": \"query-named-block-nodes\", \"arguments\": {\"flat\": true}}";

    private static string? Compare(string expected, string found)
    {
        foreach (string name in new[] { "image", "other" })
        {
            byte[] left = File.ReadAllBytes(Path.Combine(expected, name));
            byte[] right = File.ReadAllBytes(Path.Combine(found, name));
            if (!left.AsSpan().SequenceEqual(right))
            {
                int at = left.AsSpan().CommonPrefixLength(right);
                return string.Create(CultureInfo.InvariantCulture, $"{name}: {left.Length} and {right.Length} bytes, first difference at {at}");
            }
        }

        return null;
    }
}
