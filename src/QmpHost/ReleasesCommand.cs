using System.CommandLine;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost;

/// <summary>"releases": which releases there are, or what differs between two of them.</summary>
internal static class ReleasesCommand
{
    /// <summary>Makes the command.</summary>
    /// <returns>The command.</returns>
    public static Command Create()
    {
        var before = new Argument<string?>("before") { Description = "A release.", Arity = ArgumentArity.ZeroOrOne };
        var after = new Argument<string?>("after") { Description = "Another one.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("releases", "Lists the releases that can be shown, or what differs between two of them.") { before, after };
        command.SetAction(result => Run(result.GetValue(before), result.GetValue(after)));
        return command;
    }

    private static int Run(string? before, string? after)
    {
        try
        {
            IEnumerable<string> lines = before is null
                ? Table()
                : ReleaseComparison.Compare(VersionProfile.Parse(before), after is null ? VersionProfile.Default : VersionProfile.Parse(after));
            foreach (string line in lines)
            {
                Console.Out.WriteLine(line);
            }

            return 0;
        }
        catch (FormatException e)
        {
            Console.Error.WriteLine("qmphost: " + e.Message);
            return 1;
        }
    }

    private static IEnumerable<string> Table() =>
    [
        "| release | commands | events | of the storage daemon | drivers | behaviours |",
        "| --- | --- | --- | --- | --- | --- |",
        .. VersionProfile.Known.Select(static release => Row(new VersionProfile(release))),
    ];

    private static string Row(VersionProfile profile)
    {
        SchemaInfo[] system = [.. QapiIntrospection.List(profile, QmpProgram.System)];
        SchemaInfo[] daemon = [.. QapiIntrospection.List(profile, QmpProgram.StorageDaemon)];
        int drivers = Drivers(daemon);
        int behaviours = BehaviourTable.All.Count(b => profile.Has(b.Behaviour));
        return $"| {profile} | {Count(system, SchemaMetaType.Command)} | {Count(system, SchemaMetaType.Event)} "
            + $"| {Count(daemon, SchemaMetaType.Command)} and {Count(daemon, SchemaMetaType.Event)} | {drivers} | {behaviours} |";
    }

    // The variants of what blockdev-add takes.
    private static int Drivers(SchemaInfo[] list)
    {
        string type = list.Where(static info => info.Name == "blockdev-add").Select(static info => ((SchemaInfoCommand)info.Branch!).ArgType).Single();
        return ((SchemaInfoObject)list.Single(info => info.Name == type).Branch!).Variants!.Count;
    }

    private static int Count(SchemaInfo[] list, SchemaMetaType kind) => list.Count(info => info.MetaType == kind);
}
