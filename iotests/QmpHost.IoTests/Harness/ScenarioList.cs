using QmpHost.IoTests.Scenarios;

namespace QmpHost.IoTests.Harness;

/// <summary>All scenarios, by number.</summary>
public static class ScenarioList
{
    /// <summary>The scenarios in the order of their numbers.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new Scenario257(),
    ];
}
