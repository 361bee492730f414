using QmpHost.Qapi.Schema;

namespace QmpHost.Qapi;

/// <summary>How much of a release is there, counted in what its programs list and in the table of behaviours.</summary>
/// <param name="Release">The release.</param>
/// <param name="Commands">Commands of the system program.</param>
/// <param name="Events">Events of the system program.</param>
/// <param name="DaemonCommands">Commands of the storage daemon.</param>
/// <param name="DaemonEvents">Events of the storage daemon.</param>
/// <param name="Drivers">Drivers that blockdev-add of the storage daemon takes.</param>
/// <param name="Behaviours">In how many named behaviours it differs from the oldest release.</param>
public sealed record ReleaseFigures(
    VersionProfile Release, int Commands, int Events, int DaemonCommands, int DaemonEvents, int Drivers, int Behaviours)
{
    /// <summary>The head of a table in Markdown, two lines.</summary>
    public const string Head = "| release | commands | events | of the storage daemon | drivers | behaviours |\n| --- | --- | --- | --- | --- | --- |";

    /// <summary>The row of such a table.</summary>
    public string Row => $"| {Release} | {Commands} | {Events} | {DaemonCommands} and {DaemonEvents} | {Drivers} | {Behaviours} |";

    /// <summary>Counts.</summary>
    /// <param name="release">The release.</param>
    /// <returns>Its figures.</returns>
    public static ReleaseFigures Of(VersionProfile release)
    {
        SchemaInfo[] system = [.. QapiIntrospection.List(release, QmpProgram.System)];
        SchemaInfo[] daemon = [.. QapiIntrospection.List(release, QmpProgram.StorageDaemon)];
        return new ReleaseFigures(
            release,
            Count(system, SchemaMetaType.Command),
            Count(system, SchemaMetaType.Event),
            Count(daemon, SchemaMetaType.Command),
            Count(daemon, SchemaMetaType.Event),
            CountDrivers(daemon),
            BehaviourTable.All.Count(b => release.Has(b.Behaviour)));
    }

    // The variants of what blockdev-add takes.
    private static int CountDrivers(SchemaInfo[] list)
    {
        string type = list.Where(static info => info.Name == "blockdev-add").Select(static info => ((SchemaInfoCommand)info.Branch!).ArgType).Single();
        return ((SchemaInfoObject)list.Single(info => info.Name == type).Branch!).Variants!.Count;
    }

    private static int Count(SchemaInfo[] list, SchemaMetaType kind) => list.Count(info => info.MetaType == kind);
}
