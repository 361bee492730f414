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
        new("list-1000-nodes", "1/s", HigherIsBetter: true, Aim: 4.0, CommandFigures.ListThousandNodes),
        new("backup-raw-raw", "MiB/s", HigherIsBetter: true, Aim: 1.5, source => BackupFigures.Full(source, "raw")),
        new("backup-raw-qcow2", "MiB/s", HigherIsBetter: true, Aim: 1.5, source => BackupFigures.Full(source, "qcow2")),
    ];
}
