namespace QmpHost.IoTests.Faults;

/// <summary>An image that was changed behind everybody's back, and what is done with it: is it opened or not, and with which words.</summary>
internal sealed class MutationCase : IPlayedCase
{
    private readonly Random _random;
    private readonly string _kind;
    private string _changes = "not prepared yet";

    public MutationCase(int seed)
    {
        Seed = seed;
        _random = new Random(seed);
        _kind = FaultImages.AllNames[_random.Next(FaultImages.AllNames.Count)];
        string options = _random.Next(8) switch
        {
            0 or 1 => ", \"read-only\": true",
            2 => ", \"overlap-check\": \"all\"",
            3 => ", \"auto-read-only\": true",
            _ => "",
        };
        Script = [ImageCommands.Open(_kind, options), ImageCommands.Query, .. Enumerable.Range(0, _random.Next(1, 5)).Select(_ => MakeCommand()), ImageCommands.Remove];
    }

    /// <inheritdoc/>
    public int Seed { get; }

    /// <inheritdoc/>
    public IEnumerable<string> Script { get; }

    /// <inheritdoc/>
    public void Prepare(FaultImages images, string directory)
    {
        images.Copy(_kind, directory);
        string path = Path.Combine(directory, "image");
        byte[] image = File.ReadAllBytes(path);
        var random = new Random(Seed);
        var mutator = new ImageMutator(random);
        var changes = new List<string>();
        for (int left = random.Next(4) == 0 ? random.Next(2, 4) : 1; left > 0 && image.Length >= 512; left--)
        {
            (image, string change) = mutator.Mutate(image);
            changes.Add(change);
        }

        File.WriteAllBytes(path, image);
        _changes = string.Join("; ", changes);
    }

    /// <inheritdoc/>
    public override string ToString() => $"seed {Seed}, {_kind}, {_changes}\n    {string.Join("\n    ", Script)}";

    private string MakeCommand()
    {
        int start = _random.Next(600) * 512;
        int length = Math.Min(_random.Next(1, 100) * 512, (600 * 512) - start);
        return _random.Next(14) switch
        {
            < 3 => ImageCommands.Io($"read -q {start} {length}"),
            < 6 => ImageCommands.Io($"write -q -P 7 {start} {length}"),
            6 => ImageCommands.Io($"write -q -z -u {start} {length}"),
            7 => ImageCommands.Io($"discard -q {start} {length}"),
            8 => ImageCommands.Io("map"),
            9 => ImageCommands.Resize(_random.Next(1, 1200) * 512L),
            10 => "{\"execute\": \"block-dirty-bitmap-add\", \"arguments\": {\"node\": \"n\", \"name\": \"new\", \"persistent\": true}}",
            11 => "{\"execute\": \"block-dirty-bitmap-remove\", \"arguments\": {\"node\": \"n\", \"name\": \"one\"}}",
            12 => "{\"execute\": \"blockdev-snapshot-internal-sync\", \"arguments\": {\"device\": \"n\", \"name\": \"t\"}}",
            _ => ImageCommands.Io("flush"),
        };
    }
}
