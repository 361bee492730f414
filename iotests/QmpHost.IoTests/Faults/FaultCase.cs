using System.Globalization;

namespace QmpHost.IoTests.Faults;

/// <summary>One case: a kind of image, a request that fails, and commands; everything follows from the seed.</summary>
internal sealed class FaultCase : IPlayedCase
{
    // Cases before this one are recorded: they stay what they were.
    private const int FirstWithAll = 100_000;
    private const int DiskSectors = 600;
    private const string Dirty = "dirty";

    private static readonly string[] Events =
    [
        "l1_update", "l1_grow_alloc_table", "l1_grow_write_table", "l1_grow_activate_table", "l2_load", "l2_update", "l2_update_compressed",
        "l2_alloc_cow_read", "l2_alloc_write", "read_aio", "read_backing_aio", "read_compressed", "write_aio", "write_compressed",
        "cow_read", "cow_write", "refblock_load", "refblock_update", "refblock_update_part", "refblock_alloc", "refblock_alloc_hookup",
        "refblock_alloc_write", "refblock_alloc_write_blocks", "refblock_alloc_write_table", "refblock_alloc_switch_table",
        "cluster_alloc", "cluster_alloc_bytes", "cluster_free", "flush_to_os", "flush_to_disk", "pwritev", "pwritev_zero", "pwritev_done",
        "l1_shrink_write_table", "l1_shrink_free_l2_clusters",
    ];

    private static readonly string[] Kinds = ["read", "write", "flush", "discard", "write-zeroes"];

    private readonly Random _random;
    private readonly string? _creation;

    public FaultCase(int seed)
    {
        Seed = seed;
        _random = new Random(seed);
        int kind = _random.Next(FaultImages.Names.Count + (HasAll ? 1 : 0));
        Kind = kind == FaultImages.Names.Count ? Dirty : FaultImages.Names[kind];
        Fault = MakeFault();
        _creation = HasAll && _random.Next(8) == 0 ? MakeCreation() : null;
        Commands = [.. Enumerable.Range(0, _random.Next(1, 5)).Select(_ => MakeCommand())];
    }

    /// <inheritdoc/>
    public int Seed { get; }

    /// <summary>The kind of image.</summary>
    public string Kind { get; }

    /// <summary>Options of blkdebug.</summary>
    public string Fault { get; }

    /// <summary>What is done between opening and closing.</summary>
    public IReadOnlyList<string> Commands { get; }

    /// <summary>Whether an image is made in place of the one that there is.</summary>
    public bool IsCreation => _creation is not null;

    private bool HasAll => Seed >= FirstWithAll;

    private string FailingFile => $"{{\"driver\": \"blkdebug\", {(HasAll ? "\"node-name\": \"f\", " : "")}\"discard\": \"unmap\", \"image\": {ImageCommands.File}{Fault}}}";

    private IEnumerable<string> Work => _creation is null
        ? [ImageCommands.Open(Kind, "", FailingFile), .. Commands, ImageCommands.Remove]
        :
        [
            $"{{\"execute\": \"blockdev-add\", \"arguments\": {FailingFile}}}",
            _creation,
            "@event \"concluded\"",
            "{\"execute\": \"query-jobs\"}",
            "{\"execute\": \"job-dismiss\", \"arguments\": {\"id\": \"j\"}}",
            "{\"execute\": \"blockdev-del\", \"arguments\": {\"node-name\": \"f\"}}",
        ];

    /// <inheritdoc/>
    public IEnumerable<string> Script =>
    [
        .. Work,
        ImageCommands.Open(Kind, ""),
        ImageCommands.Query,
        ImageCommands.Remove,
    ];

    /// <inheritdoc/>
    public void Prepare(FaultImages images, string directory)
    {
        images.Copy(Kind == Dirty ? "lazy" : Kind, directory);
        if (Kind == Dirty)
        {
            MakeDirty(Path.Combine(directory, "image"));
        }
    }

    /// <summary>The case in one line.</summary>
    public override string ToString()
        => $"seed {Seed}, {Kind}{Fault}\n    {string.Join("\n    ", _creation is null ? Commands : [_creation])}";

    /// <summary>Lets an image be one whose refcounts were not written any more: it is repaired when it is opened.</summary>
    private void MakeDirty(string path)
    {
        const int IncompatibleFeatures = 79;
        const int RefcountBlock = 8192;
        byte[] image = File.ReadAllBytes(path);
        image[IncompatibleFeatures] |= 1;
        var random = new Random(Seed);
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            image[RefcountBlock + (random.Next(16) * sizeof(short)) + 1] = (byte)random.Next(3);
        }

        File.WriteAllBytes(path, image);
    }

    private string MakeCreation()
    {
        string cluster = _random.Next(4) == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", \"cluster-size\": {512 << _random.Next(8)}");
        string preallocation = _random.Next(4) switch
        {
            0 => ", \"preallocation\": \"metadata\"",
            1 => ", \"preallocation\": \"full\"",
            2 => ", \"preallocation\": \"falloc\"",
            _ => "",
        };
        string more = _random.Next(5) switch
        {
            0 => ", \"version\": \"v2\"",
            1 => ", \"lazy-refcounts\": true",
            2 => string.Create(CultureInfo.InvariantCulture, $", \"refcount-bits\": {1 << _random.Next(7)}"),
            _ => "",
        };
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"execute\": \"blockdev-create\", \"arguments\": {{\"job-id\": \"j\", \"options\": {{\"driver\": \"qcow2\", \"file\": \"f\", \"size\": {_random.Next(1, 1200) * 512}{cluster}{preallocation}{more}}}}}}}");
    }

    private string MakeFault()
    {
        int errno = _random.Next(2) == 0 ? 5 : 28;
        string once = _random.Next(2) == 0 ? "true" : "false";
        if (_random.Next(4) == 0)
        {
            string kind = Kinds[_random.Next(Kinds.Length)];
            string trigger = Events[_random.Next(Events.Length)];
            return _random.Next(2) == 0
                ? $", \"inject-error\": [{{\"event\": \"none\", \"iotype\": \"{kind}\", \"errno\": {errno}, \"once\": {once}}}]"
                : $", \"set-state\": [{{\"event\": \"{trigger}\", \"new_state\": 2}}], \"inject-error\": [{{\"event\": \"none\", \"state\": 2, \"iotype\": \"{kind}\", \"errno\": {errno}, \"once\": {once}}}]";
        }

        string name = Events[_random.Next(Events.Length)];
        int count = _random.Next(1, 5);
        string states = string.Join(", ", Enumerable.Range(1, count - 1).Select(
            i => string.Create(CultureInfo.InvariantCulture, $"{{\"event\": \"{name}\", \"state\": {i}, \"new_state\": {i + 1}}}")));
        return $", \"set-state\": [{states}], \"inject-error\": [{{\"event\": \"{name}\", \"state\": {count}, \"errno\": {errno}, \"once\": {once}}}]";
    }

    private string MakeCommand()
    {
        int start = _random.Next(DiskSectors) * 512;
        int length = Math.Min(_random.Next(1, _random.Next(2, 200)) * 512, (DiskSectors * 512) - start);
        int pattern = _random.Next(1, 256);
        int cluster = FaultImages.ClusterSizeOf(Kind == Dirty ? "lazy" : Kind);
        return _random.Next(HasAll ? 27 : 20) switch
        {
            < 5 => ImageCommands.Io($"write -q -P {pattern} {start} {length}"),
            5 => ImageCommands.Io($"write -q -f -P {pattern} {start} {length}"),
            6 => ImageCommands.Io($"write -q -z {start} {length}"),
            7 => ImageCommands.Io($"write -q -z -u {start} {length}"),
            8 => ImageCommands.Io($"write -q -c -P {pattern} {start / cluster * cluster} {Math.Min(cluster, (DiskSectors * 512) - (start / cluster * cluster))}"),
            9 or 10 => ImageCommands.Io($"discard -q {start} {length}"),
            11 => ImageCommands.Io($"read -q {start} {length}"),
            12 => ImageCommands.Io("flush"),
            13 => ImageCommands.Resize(_random.Next(1, DiskSectors * 3) * 512L),
            14 => ImageCommands.Resize((_random.Next(1, 40) << 20) + 512L),
            15 or 16 => "{\"execute\": \"block-dirty-bitmap-add\", \"arguments\": {\"node\": \"n\", \"name\": \"new\", \"persistent\": true, \"granularity\": 512}}",
            17 => "{\"execute\": \"block-dirty-bitmap-remove\", \"arguments\": {\"node\": \"n\", \"name\": \"one\"}}",
            18 => "{\"execute\": \"block-dirty-bitmap-merge\", \"arguments\": {\"node\": \"n\", \"target\": \"two\", \"bitmaps\": [\"one\", \"three\"]}}",
            20 or 21 or 22 => ImageCommands.TakeSnapshot($"t{_random.Next(3)}"),
            23 => ImageCommands.DeleteSnapshot($"t{_random.Next(3)}"),
            24 => ImageCommands.DeleteSnapshot("s"),
            25 => ImageCommands.Reopen(Kind, _random.Next(2) == 0 ? ", \"read-only\": true" : ""),
            26 => ImageCommands.Reopen(Kind, _random.Next(2) == 0 ? ", \"lazy-refcounts\": true" : ", \"overlap-check\": \"all\""),
            _ => ImageCommands.Io("map"),
        };
    }
}
