using System.Globalization;

namespace QmpHost.IoTests.Faults;

/// <summary>A long series of commands on one image, in which nothing fails but what the commands themselves ask for.</summary>
internal sealed class OperationCase : IPlayedCase
{
    private static readonly string[] Bitmaps = ["one", "two", "three", "four", "five"];

    private readonly Random _random;
    private readonly string _kind;
    private readonly int _cluster;
    private int _sectors = 600;

    public OperationCase(int seed)
    {
        Seed = seed;
        _random = new Random(seed);
        _kind = FaultImages.AllNames[_random.Next(FaultImages.AllNames.Count)];
        _cluster = FaultImages.ClusterSizeOf(_kind);
        Commands = [.. Enumerable.Range(0, _random.Next(8, 40)).SelectMany(_ => MakeCommand())];
    }

    /// <inheritdoc/>
    public int Seed { get; }

    /// <summary>What is done between opening and closing.</summary>
    public IReadOnlyList<string> Commands { get; }

    /// <inheritdoc/>
    public IEnumerable<string> Script => [ImageCommands.Open(_kind, ""), .. Commands, ImageCommands.Query, ImageCommands.Remove];

    /// <inheritdoc/>
    public void Prepare(FaultImages images, string directory) => images.Copy(_kind, directory);

    /// <inheritdoc/>
    public override string ToString() => $"seed {Seed}, {_kind}\n    {string.Join("\n    ", Commands)}";

    private IEnumerable<string> MakeCommand() => _random.Next(40) switch
    {
        < 20 => [MakeRequest()],
        < 30 => [MakeBitmapCommand()],
        < 33 => [MakeSnapshotCommand()],
        33 or 34 => [Resize()],
        35 => [ImageCommands.Remove, ImageCommands.Open(_kind, "")],
        36 => [ImageCommands.Remove, ImageCommands.Open(_kind, $", \"lazy-refcounts\": {(_random.Next(2) == 0 ? "true" : "false")}")],
        37 => [ImageCommands.Query],
        _ => [ImageCommands.Io("map")],
    };

    private string MakeRequest()
    {
        int start = _random.Next(_sectors) * 512;
        int length = Math.Min(_random.Next(1, _random.Next(2, 300)) * 512, (_sectors * 512) - start);
        int pattern = _random.Next(1, 256);
        string request = _random.Next(12) switch
        {
            < 4 => $"write -q -P {pattern} {start} {length}",
            4 => $"write -q -f -P {pattern} {start} {length}",
            5 => $"write -q -z {start} {length}",
            6 => $"write -q -z -u {start} {length}",
            7 => $"write -q -c -P {pattern} {start / _cluster * _cluster} {Math.Min(_cluster, (_sectors * 512) - (start / _cluster * _cluster))}",
            8 or 9 => $"discard -q {start} {length}",
            10 => $"read -q -v {start} {Math.Min(length, 1024)}",
            _ => "flush",
        };
        return ImageCommands.Io(request);
    }

    private string MakeBitmapCommand()
    {
        string name = Bitmaps[_random.Next(Bitmaps.Length)];
        string command = _random.Next(9) switch
        {
            < 3 => "block-dirty-bitmap-add",
            3 => "block-dirty-bitmap-remove",
            4 => "block-dirty-bitmap-clear",
            5 => "block-dirty-bitmap-enable",
            6 => "block-dirty-bitmap-disable",
            _ => "block-dirty-bitmap-merge",
        };
        string more = command switch
        {
            "block-dirty-bitmap-add" => string.Create(
                CultureInfo.InvariantCulture,
                $", \"persistent\": {(_random.Next(4) != 0 ? "true" : "false")}, \"granularity\": {512 << _random.Next(8)}, \"disabled\": {(_random.Next(3) == 0 ? "true" : "false")}"),
            "block-dirty-bitmap-merge" => $", \"bitmaps\": [\"{Bitmaps[_random.Next(Bitmaps.Length)]}\", \"{Bitmaps[_random.Next(Bitmaps.Length)]}\"]",
            _ => "",
        };
        string member = command == "block-dirty-bitmap-merge" ? "target" : "name";
        return $"{{\"execute\": \"{command}\", \"arguments\": {{\"node\": \"n\", \"{member}\": \"{name}\"{more}}}}}";
    }

    private string MakeSnapshotCommand()
    {
        string command = _random.Next(3) == 0 ? "blockdev-snapshot-delete-internal-sync" : "blockdev-snapshot-internal-sync";
        return $"{{\"execute\": \"{command}\", \"arguments\": {{\"device\": \"n\", \"name\": \"s{_random.Next(3)}\"}}}}";
    }

    private string Resize()
    {
        int sectors = _random.Next(3) == 0 ? _random.Next(1, 40) << 11 : _random.Next(1, 1800);
        _sectors = Math.Min(sectors, 1800);
        return ImageCommands.Resize(sectors * 512L);
    }
}
