namespace QmpHost.IoTests.Faults;

/// <summary>
/// One operation on an image whose file is full, broken, missing, gone, cut off or read-only, and once more when the cause is gone: a
/// clear error, nothing lost, and success at last. The seed is a place in the table of operations and troubles.
/// </summary>
internal sealed class TroubleCase : IPlayedCase
{
    private const string Node = "\"driver\": \"file\", \"filename\": \"$DIR/image\", \"discard\": \"unmap\"";
    private const string Source = "{\"execute\": \"blockdev-add\", \"arguments\": {\"driver\": \"null-co\", \"node-name\": \"s\", \"size\": 307200, \"read-zeroes\": true}}";
    private const string DropSource = "{\"execute\": \"blockdev-del\", \"arguments\": {\"node-name\": \"s\"}}";
    private const string DropFile = "{\"execute\": \"blockdev-del\", \"arguments\": {\"node-name\": \"f\"}}";

    private static readonly string[] Troubles = ["full", "broken", "missing", "gone", "cut off", "read-only", "other missing", "unflushable"];

    private static readonly (string Kind, string[] Commands)[] Operations =
    [
        ("small", [ImageCommands.Io("read -P 1 0 20k")]),
        ("small", [ImageCommands.Io("write -q -P 7 4k 30k")]),
        ("backed", [ImageCommands.Io("write -q -P 7 21k 1k"), ImageCommands.Io("read -P 9 22k 10k")]),
        ("wide", [ImageCommands.Io("write -q -f -P 7 100k 20k")]),
        ("usual", [ImageCommands.Io("write -q -c -P 7 128k 64k")]),
        ("small", [ImageCommands.Io("write -q -z 1k 10k"), ImageCommands.Io("write -q -z -u 12k 100k")]),
        ("small", [ImageCommands.Io("discard -q 0 15k"), ImageCommands.Io("flush")]),
        ("lazy", [ImageCommands.Io("write -q -P 7 40k 4k"), ImageCommands.Io("flush")]),
        ("small", [ImageCommands.Resize(40 << 20)]),
        ("small", [ImageCommands.Resize(8192)]),
        ("backed", [ImageCommands.Resize(8192), ImageCommands.Resize(300 << 10)]),
        ("snapshots", [ImageCommands.TakeSnapshot("t")]),
        ("snapshots", [ImageCommands.DeleteSnapshot("s")]),
        ("small", ["{\"execute\": \"block-dirty-bitmap-add\", \"arguments\": {\"node\": \"n\", \"name\": \"new\", \"persistent\": true}}", ImageCommands.Io("write -q -P 7 4k 30k")]),
        ("bitmaps", ["{\"execute\": \"block-dirty-bitmap-remove\", \"arguments\": {\"node\": \"n\", \"name\": \"one\"}}"]),
        ("bitmaps", ["{\"execute\": \"block-dirty-bitmap-merge\", \"arguments\": {\"node\": \"n\", \"target\": \"two\", \"bitmaps\": [\"one\"]}}"]),
        ("small", [ImageCommands.Reopen("small", ", \"lazy-refcounts\": true")]),
        ("small", [ImageCommands.Io("map"), ImageCommands.Io("info")]),
        ("split", [ImageCommands.Io("write -q -P 7 4k 30k"), ImageCommands.Io("flush")]),
        ("empty", [Source, .. Job("blockdev-backup", "\"device\": \"s\", \"target\": \"n\", \"sync\": \"full\""), DropSource]),
        ("backed", Job("block-stream", "\"device\": \"n\"")),
        ("small", [ImageCommands.Remove, .. Job("blockdev-create", "\"options\": {\"driver\": \"qcow2\", \"file\": {" + Node + "}, \"size\": 307200}", dismiss: "")]),
    ];

    private readonly string _kind;
    private readonly string[] _operation;
    private readonly string _trouble;

    public TroubleCase(int seed)
    {
        Seed = seed;
        (_kind, _operation) = Operations[seed % Operations.Length];
        _trouble = Troubles[seed / Operations.Length % Troubles.Length];
    }

    /// <inheritdoc/>
    public int Seed { get; }

    /// <summary>How many cases there are.</summary>
    public static int Count => Operations.Length * Troubles.Length;

    /// <inheritdoc/>
    public IEnumerable<string> Script => [.. Opening, .. Operation, .. Remedy, .. Operation, ImageCommands.Query, ImageCommands.Remove, DropFile];

    /// <summary>The operation.</summary>
    public IReadOnlyList<string> Operation => _operation;

    /// <summary>Makes the trouble and opens the image.</summary>
    public IEnumerable<string> Opening => _trouble switch
    {
        "missing" => ["@take image", Open()],
        "other missing" => ["@take other", Open()],
        "gone" => [Open(), "@take image"],
        "cut off" => [Open(), "@cut image"],
        "read-only" => [Open(", \"read-only\": true")],
        "full" => [OpenFailing(28, "write", "write-zeroes")],
        "broken" => [OpenFailing(5, "read", "write", "write-zeroes", "flush", "discard")],
        _ => [OpenFailing(5, "flush")],
    };

    /// <summary>Ends the trouble and opens the image again.</summary>
    public IEnumerable<string> Remedy => [ImageCommands.Remove, DropFile, "@restore image", "@restore other", Open()];

    /// <inheritdoc/>
    public void Prepare(FaultImages images, string directory) => images.Copy(_kind, directory);

    /// <inheritdoc/>
    public override string ToString() => $"seed {Seed}, {_kind}, {_trouble}\n    {string.Join("\n    ", _operation)}";

    private static string[] Job(string command, string arguments, string dismiss = ", \"auto-dismiss\": false") =>
    [
        $"{{\"execute\": \"{command}\", \"arguments\": {{\"job-id\": \"j\"{dismiss}, {arguments}}}}}",
        "@event \"concluded\"",
        "{\"execute\": \"query-jobs\"}",
        "{\"execute\": \"job-dismiss\", \"arguments\": {\"id\": \"j\"}}",
    ];

    private string Open(string options = "") => ImageCommands.Open(_kind, options, $"{{\"node-name\": \"f\", {Node}}}");

    // The image is opened before anything fails: the first request of each kind counts from when something is written or mapped.
    private string OpenFailing(int errno, params string[] requests)
    {
        IEnumerable<string> rules = requests.Select(request => $"{{\"event\": \"none\", \"state\": 2, \"iotype\": \"{request}\", \"errno\": {errno}, \"once\": false}}");
        const string Starts = "{\"event\": \"l2_load\", \"new_state\": 2}, {\"event\": \"l1_update\", \"new_state\": 2}, {\"event\": \"cluster_alloc\", \"new_state\": 2}, "
            + "{\"event\": \"l1_grow_alloc_table\", \"new_state\": 2}, {\"event\": \"pwritev\", \"new_state\": 2}";
        return ImageCommands.Open(
            _kind,
            "",
            $"{{\"driver\": \"blkdebug\", \"node-name\": \"f\", \"discard\": \"unmap\", \"image\": {{{Node}}}, \"set-state\": [{Starts}], \"inject-error\": [{string.Join(", ", rules)}]}}");
    }
}
