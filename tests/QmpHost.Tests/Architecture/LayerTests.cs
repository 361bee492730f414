using System.Reflection;
using NUnit.Framework;
using QmpHost.Block;

namespace QmpHost.Tests.Architecture;

/// <summary>Which way the arrows run, as ARCHITECTURE.md has it: between the rooms of the block engine and between the projects.</summary>
public sealed class LayerTests
{
    private const string Engine = "QmpHost.Block";

    // A room may use those of lower numbers, and itself.
    private static readonly Dictionary<string, int> Rooms = new()
    {
        ["Core"] = 0,
        ["Loop"] = 1,
        ["Bitmaps"] = 2,
        ["Graph"] = 3,
        ["Copy"] = 4,
        ["Drivers"] = 5,
        ["Jobs"] = 6,
        ["Transactions"] = 7,
        ["Exports"] = 8,
    };

    // A project may use the ones named here, and whatever those use.
    private static readonly Dictionary<string, string[]> Projects = new()
    {
        ["QmpHost.Qapi"] = [],
        ["QmpHost.Block"] = ["QmpHost.Qapi"],
        ["QmpHost.Net"] = ["QmpHost.Qapi"],
        ["QmpHost.Nbd"] = ["QmpHost.Block", "QmpHost.Net"],
        ["QmpHost.Exports"] = ["QmpHost.Block", "QmpHost.Net"],
        ["QmpHost.Machine"] = ["QmpHost.Block"],
        ["QmpHost.Protocol"] = ["QmpHost.Net"],
        ["QmpHost.Commands"] = ["QmpHost.Machine", "QmpHost.Nbd"],
        ["QmpHost.Hosting"] = ["QmpHost.Commands", "QmpHost.Exports", "QmpHost.Protocol"],
        ["QmpHost.Control"] = ["QmpHost.Hosting"],
        ["QmpHost.Sessions"] = ["QmpHost.Hosting"],
        ["qmphost"] = ["QmpHost.Hosting", "QmpHost.Sessions", "QmpHost.Control"],
    };

    private static readonly string[] ProjectNames = [.. Projects.Keys];

    [Test]
    public void The_rooms_of_the_block_engine_use_only_what_is_below_them()
    {
        IReadOnlyCollection<(string From, string To)> arrows = TypeDependencies.Read(typeof(BlockLayer).Assembly.Location);
        Assert.That(arrows, Has.Some.EqualTo(("QmpHost.Block.BlockLayer", "QmpHost.Block.Graph.BlockGraph")), "the reader sees arrows");
        IEnumerable<string> back = arrows
            .Where(static arrow => IsOfEngine(arrow.From) && IsOfEngine(arrow.To) && LevelOf(arrow.From) < LevelOf(arrow.To))
            .Select(static arrow => $"{arrow.From} -> {arrow.To}");
        Assert.That(back, Is.Empty);
    }

    [Test]
    public void Every_namespace_of_the_block_engine_is_a_room_or_the_roof()
    {
        IEnumerable<string> lost = typeof(BlockLayer).Assembly.GetTypes()
            .Where(static type => !type.IsNested && IsOfEngine(type.FullName!) && LevelOf(type.FullName!) < 0)
            .Select(static type => type.FullName!);
        Assert.That(lost, Is.Empty);
    }

    [TestCaseSource(nameof(ProjectNames))]
    public void A_project_uses_only_those_below_it(string project)
    {
        HashSet<string> allowed = [];
        Collect(project, allowed);
        IEnumerable<string> used = Assembly.Load(project).GetReferencedAssemblies()
            .Select(static name => name.Name!)
            .Where(static name => Projects.ContainsKey(name));
        Assert.That(used, Is.SubsetOf(allowed));
    }

    private static void Collect(string project, HashSet<string> allowed)
    {
        foreach (string below in Projects[project])
        {
            allowed.Add(below);
            Collect(below, allowed);
        }
    }

    private static bool IsOfEngine(string type) => type.StartsWith(Engine + '.', StringComparison.Ordinal);

    // The roof is above all rooms; a namespace that is none of them is below everything, so that it is found.
    private static int LevelOf(string type)
    {
        string[] parts = type[(Engine.Length + 1)..].Split('.');
        return parts.Length == 1 ? int.MaxValue : Rooms.GetValueOrDefault(parts[0], -1);
    }
}
