namespace QmpHost.Benchmarks.SideBySide;

/// <summary>The figures, in the order in which they are taken.</summary>
internal static class Measurements
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Measurement> All { get; } =
    [
        new("start", "ms", HigherIsBetter: false, Aim: 1.0, ProcessFigures.Startup),
        new("idle-memory", "MiB", HigherIsBetter: false, Aim: 0.5, ProcessFigures.IdleMemory),
        new("commands", "1/s", HigherIsBetter: true, Aim: 4.0, CommandFigures.OneAtATime),
        new("commands-pipelined", "1/s", HigherIsBetter: true, Aim: 4.0, CommandFigures.Pipelined),
        new("add-del", "pairs/s", HigherIsBetter: true, Aim: 4.0, CommandFigures.AddAndDelete),
        new("list-1000-nodes", "1/s", HigherIsBetter: true, Aim: 4.0, source => NodeFigures.List(source, nodes: 1_000)),
        new("add-10000-nodes", "nodes/s", HigherIsBetter: true, Aim: 4.0, source => NodeFigures.Add(source, nodes: 10_000)),
        new("list-10000-nodes", "1/s", HigherIsBetter: true, Aim: 4.0, source => NodeFigures.List(source, nodes: 10_000)),
        new("del-10000-nodes", "nodes/s", HigherIsBetter: true, Aim: 4.0, source => NodeFigures.Delete(source, nodes: 10_000)),
        new("backup-raw-raw", "MiB/s", HigherIsBetter: true, Aim: 1.5, source => BackupFigures.Full(source, "raw")),
        new("backup-raw-qcow2", "MiB/s", HigherIsBetter: true, Aim: 1.5, source => BackupFigures.Full(source, "qcow2")),
        new("scenario-257", "ms", HigherIsBetter: false, Aim: 1.0, ScenarioFigures.Whole257),
        Copy("nbd-read-1", source => NbdCopyFigures.Read(source, connections: 1)),
        Copy("nbd-read-4", source => NbdCopyFigures.Read(source, connections: 4)),
        Copy("nbd-write-1", source => NbdCopyFigures.Write(source, connections: 1)),
        Copy("nbd-write-4", source => NbdCopyFigures.Write(source, connections: 4)),
        Random("nbd-randread-1", source => RandomAccessFigures.Rate(source, "randread", depth: 1)),
        Random("nbd-randread-16", source => RandomAccessFigures.Rate(source, "randread", depth: 16)),
        Random("nbd-randwrite-1", source => RandomAccessFigures.Rate(source, "randwrite", depth: 1)),
        Random("nbd-randwrite-16", source => RandomAccessFigures.Rate(source, "randwrite", depth: 16)),
        Fleece("fleecing-read", FleecingFigures.Read),
        Fleece("fleecing-guest-write", FleecingFigures.Write),
        new("nbd-connection", "KiB", HigherIsBetter: false, Aim: 0.5, NbdConnectionFigures.Memory),
    ];

    private static Measurement Copy(string name, Func<Contender, double> take)
        => new(name, "MiB/s", HigherIsBetter: true, Aim: 1.0, take) { Tool = NbdCopyFigures.Tool };

    private static Measurement Random(string name, Func<Contender, double> take)
        => new(name, "1/s", HigherIsBetter: true, Aim: 1.0, take) { Tool = Fio.Tool };

    private static Measurement Fleece(string name, Func<Contender, double> take)
        => new(name, "MiB/s", HigherIsBetter: true, Aim: 1.0, take) { Tool = Fio.Tool };
}
