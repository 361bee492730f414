using System.Globalization;
using System.Text;
using QmpHost.IoTests.Harness;
using QmpHost.Sessions;
using QmpHost.Testing.Support;

namespace QmpHost.IoTests.Faults;

/// <summary>
/// The commands <c>faults</c>, <c>mutations</c> and <c>operations</c>: cases on every kind of qcow2 image are played here and on QEMU;
/// what both say and what they leave in the image are compared.
/// </summary>
/// <param name="command">Its name.</param>
/// <param name="output">Where differences are told.</param>
internal sealed class CasesCommand(string command, TextWriter output)
{
    private const int CasesPerHost = 25;

    // Broken tables let files grow to terabytes of holes.
    private const long MostToKeep = 64 << 20;

    // So often QEMU is asked again where it differs: an order of requests that run at the same time is not always the same.
    private const int Repetitions = 3;

    private readonly Dictionary<FaultVerdict, int> _counts = [];
    private readonly Func<int, IPlayedCase> _make = PlayedCases.Maker(command)!;
    private readonly List<(int Seed, string Hash)> _equal = [];

    // Seeds for which a host gave no answer in time. They are played once more: the machine may have been busy.
    private readonly HashSet<int> _unanswered = [];
    private int _worse;
    private string? _saved;
    private int? _steps;
    private string _word = "";

    /// <summary>Runs it; the result is the exit code.</summary>
    public async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        int seed = 1;
        int cases = 100;
        int[]? only = null;
        int record = 0;
        for (int i = 0; i + 1 < arguments.Count; i += 2)
        {
            string value = arguments[i + 1];
            _ = arguments[i] switch
            {
                "--seed" => seed = int.Parse(value, CultureInfo.InvariantCulture),
                "--cases" => cases = int.Parse(value, CultureInfo.InvariantCulture),
                "--save" => (_saved = value).Length,
                "--steps" => _steps = int.Parse(value, CultureInfo.InvariantCulture),
                "--with" => (_word = value).Length,
                "--record" => record = int.Parse(value, CultureInfo.InvariantCulture),
                "--only" => (only = [.. value.Split(',').Select(static word => int.Parse(word, CultureInfo.InvariantCulture))]).Length,
                _ => throw new ArgumentException($"unknown option '{arguments[i]}'"),
            };
        }

        using var images = new FaultImages();
        await images.LoadAsync(CancellationToken.None);
        int[] seeds = only ?? [.. Enumerable.Range(seed, int.MaxValue - seed).Where(HasWord).Take(cases)];
        foreach (int[] chunk in seeds.Chunk(CasesPerHost))
        {
            await PlayAsync(images, chunk);
        }

        await output.WriteLineAsync(
            $"{seeds.Length} cases: {Count(FaultVerdict.Equal)} equal, {Count(FaultVerdict.NotRepeated)} that QEMU does not repeat, "
            + $"{Count(FaultVerdict.Sounder)} sounder than QEMU's, {Count(FaultVerdict.OtherPlaces)} the same in other places, "
            + $"{Count(FaultVerdict.QemuDied)} that QEMU dies of, {Count(FaultVerdict.QemuHangs)} that QEMU hangs in, {Count(FaultVerdict.QemuCorrupts)} that QEMU corrupts, "
            + $"{Count(FaultVerdict.OldContents)} in which QEMU's new disk shows old contents, {Count(FaultVerdict.GivenUp)} given up with other counts, {Count(FaultVerdict.OtherRequest)} in which an error met another request, "
            + $"{Count(FaultVerdict.Unexplained)} unexplained, {_worse} of them less sound");
        if (record != 0)
        {
            CaseRecordings.Add(command, _equal.Take(record));
        }

        return Count(FaultVerdict.Unexplained) == 0 ? 0 : 1;
    }

    private bool HasWord(int seed) => _word.Length == 0 || _make(seed).Script.Any(line => line.Contains(_word, StringComparison.Ordinal));

    private int Count(FaultVerdict verdict) => _counts.GetValueOrDefault(verdict);

    private async Task PlayAsync(FaultImages images, int[] seeds)
    {
        await using var own = new FaultHost(IoTestSettings.FromEnvironment().CreateTarget());
        await using var oracle = new FaultHost(ProcessTarget.Oracle());
        await own.StartAsync();
        await oracle.StartAsync();
        for (int i = 0; i < seeds.Length; i++)
        {
            if (await JudgeAsync(images, _make(seeds[i]), oracle, own) is not { } verdict)
            {
                await PlayAsync(images, seeds[i..]);
                return;
            }

            _counts[verdict] = Count(verdict) + 1;
            if (oracle.HasEnded || own.HasEnded)
            {
                // A host that is gone says nothing more: the rest is played on new ones.
                await PlayAsync(images, seeds[(i + 1)..]);
                return;
            }
        }
    }

    // Null: the case must be played again.
    private async Task<FaultVerdict?> JudgeAsync(FaultImages images, IPlayedCase played, FaultHost oracle, FaultHost own)
    {
        string expected = await PlayAsync(images, played, oracle);
        string found = await PlayAsync(images, played, own);
        string? bytes = Compare(oracle.Directory, own.Directory);
        if ((oracle.IsSilent || own.IsSilent) && _unanswered.Add(played.Seed))
        {
            return null;
        }

        if (PlatformWords.FindIn(found) is { } words)
        {
            await TellAsync(played, FaultVerdict.Unexplained, expected, found, words);
            return FaultVerdict.Unexplained;
        }

        if (expected == found && bytes is null)
        {
            _equal.Add((played.Seed, CaseRecordings.HashOf(expected, oracle.Directory)));
            return FaultVerdict.Equal;
        }

        if (oracle.HasEnded && !own.HasEnded)
        {
            FaultVerdict end = oracle.IsSilent ? FaultVerdict.QemuHangs : FaultVerdict.QemuDied;
            await TellAsync(played, end, expected, found, expected.TrimEnd().Split('\n')[^1]);
            return end;
        }

        (FaultVerdict verdict, string soundness) = await FaultJudge.ExplainAsync(played, expected, found, oracle.Directory, own.Directory);
        if (played is not MutationCase && verdict == FaultVerdict.Unexplained && FaultJudge.IsCorruptedByQemu(expected, found)
            && await FaultJudge.CheckAsync(own.Directory) == 0)
        {
            return FaultVerdict.QemuCorrupts;
        }

        if (verdict == FaultVerdict.Unexplained && played is FaultCase fault)
        {
            verdict = await FaultJudge.ExplainFurtherAsync(fault, expected, found, oracle.Directory, own.Directory, images);
        }

        byte[] image = SnapshotTimes.Read(Path.Combine(oracle.Directory, "image"));
        for (int i = 0; i < Repetitions && !oracle.HasEnded; i++)
        {
            string again = await PlayAsync(images, played, oracle);
            bool isOurs = again == found && Compare(oracle.Directory, own.Directory) is null;
            if (isOurs || again != expected || !image.AsSpan().SequenceEqual(SnapshotTimes.Read(Path.Combine(oracle.Directory, "image"))))
            {
                return FaultVerdict.NotRepeated;
            }
        }

        await TellAsync(played, verdict, expected, found, $"{bytes}; {soundness}");
        await SaveAsync(played, oracle.Directory, expected, "qemu");
        await SaveAsync(played, own.Directory, found, "own");
        _worse += verdict == FaultVerdict.Unexplained && await FaultJudge.CheckAsync(own.Directory) > await FaultJudge.CheckAsync(oracle.Directory) ? 1 : 0;
        played.Prepare(images, own.Directory);
        await SaveAsync(played, own.Directory, string.Join('\n', played.Script), "before");
        return verdict;
    }

    private async Task TellAsync(IPlayedCase played, FaultVerdict verdict, string expected, string found, string files)
    {
        await output.WriteLineAsync($"== {played}");
        if (verdict is FaultVerdict.Unexplained or FaultVerdict.OtherRequest)
        {
            await output.WriteLineAsync(SessionComparison.Difference(expected, found));
        }

        await output.WriteLineAsync($"{verdict}: {files}");
    }

    /// <summary>Keeps what either side said and left in its files, or the commands and the files before them.</summary>
    private async Task SaveAsync(IPlayedCase played, string directory, string said, string side)
    {
        if (_saved is null)
        {
            return;
        }

        string folder = Path.Combine(_saved, played.Seed.ToString(CultureInfo.InvariantCulture), side);
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "said"), said);
        foreach (string name in new[] { "image", "other" }.Where(name => new FileInfo(Path.Combine(directory, name)).Length <= MostToKeep))
        {
            File.Copy(Path.Combine(directory, name), Path.Combine(folder, name), overwrite: true);
        }
    }

    private Task<string> PlayAsync(FaultImages images, IPlayedCase played, FaultHost host)
    {
        played.Prepare(images, host.Directory);
        return host.PlayAsync(_steps is { } steps ? [.. played.Script.Take(steps), ImageCommands.Remove] : played.Script);
    }

    private static string? Compare(string expected, string found)
    {
        foreach (string name in new[] { "image", "other" })
        {
            byte[] left = SnapshotTimes.Read(Path.Combine(expected, name));
            byte[] right = SnapshotTimes.Read(Path.Combine(found, name));
            if (!left.AsSpan().SequenceEqual(right))
            {
                int at = left.AsSpan().CommonPrefixLength(right);
                return string.Create(CultureInfo.InvariantCulture, $"{name}: {left.Length} and {right.Length} bytes, first difference at {at}");
            }
        }

        return null;
    }
}
