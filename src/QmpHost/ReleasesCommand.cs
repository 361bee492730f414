using System.CommandLine;
using QmpHost.Qapi;

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

    private static IEnumerable<string> Table() => [ReleaseFigures.Head, .. VersionProfile.Known.Select(static release => ReleaseFigures.Of(new VersionProfile(release)).Row)];
}
