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

    private int _differing;
    private int _better;
    private int _worse;

    /// <summary>Runs it; the result is the exit code.</summary>
    public async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        int seed = 1;
        int cases = 100;
        for (int i = 0; i + 1 < arguments.Count; i += 2)
        {
            int value = int.Parse(arguments[i + 1], CultureInfo.InvariantCulture);
            _ = arguments[i] switch
            {
                "--seed" => seed = value,
                "--cases" => cases = value,
                _ => throw new ArgumentException($"unknown option '{arguments[i]}'"),
            };
        }

        using var images = new FaultImages();
        await images.MakeAsync(CancellationToken.None);
        for (int done = 0; done < cases; done += CasesPerHost)
        {
            await PlayAsync(images, seed + done, Math.Min(CasesPerHost, cases - done));
        }

        await output.WriteLineAsync($"{cases} cases: {cases - _differing} equal, {_differing} differ; of those, {_better} leave a sounder image than QEMU's, {_worse} a less sound one");
        return _differing == 0 ? 0 : 1;
    }

    private async Task PlayAsync(FaultImages images, int seed, int count)
    {
        await using var own = new FaultHost(IoTestSettings.FromEnvironment().CreateTarget());
        await using var oracle = new FaultHost(ProcessTarget.Oracle());
        await own.StartAsync();
        await oracle.StartAsync();
        for (int i = 0; i < count; i++)
        {
            var fault = new FaultCase(seed + i);
            string expected = await PlayAsync(images, fault, oracle);
            string found = await PlayAsync(images, fault, own);
            string? bytes = Compare(oracle.Directory, own.Directory);
            if (expected != found || bytes is not null)
            {
                await TellAsync(fault, expected, found, bytes, oracle.Directory, own.Directory);
            }

            if (oracle.HasEnded || own.HasEnded)
            {
                // A host that is gone says nothing more: the rest is played on new ones.
                await PlayAsync(images, seed + i + 1, count - i - 1);
                return;
            }
        }
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

    private async Task TellAsync(FaultCase fault, string expected, string found, string? bytes, string oracleFolder, string ownFolder)
    {
        _differing++;
        await output.WriteLineAsync($"== {fault}");
        await output.WriteLineAsync(SessionComparison.Difference(expected, found));
        if (bytes is not null)
        {
            (int theirs, string theirText) = await CheckAsync(oracleFolder);
            (int ours, string ownText) = await CheckAsync(ownFolder);
            _better += ours < theirs ? 1 : 0;
            _worse += ours > theirs ? 1 : 0;
            await output.WriteLineAsync($"{bytes}; QEMU's: {theirText}; ours: {ownText}");
        }
    }

    // 0 is clean, 1 has leaks, 2 is corrupt, 3 cannot be checked.
    private static async Task<(int Badness, string Text)> CheckAsync(string folder)
    {
        ToolResult result = await ToolRunner.RunAsync("qemu-img", ["check", "-f", "qcow2", "image"], folder, CancellationToken.None);
        int badness = result.ExitCode switch { 0 => 0, 3 => 1, 2 => 2, _ => 3 };
        string[] words = ["clean", "leaks", "corrupt", "unreadable"];
        return (badness, words[badness]);
    }
}
