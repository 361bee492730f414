using QmpHost.IoTests.Scenarios;

namespace QmpHost.IoTests.Harness;

/// <summary>All scenarios, by number.</summary>
public static class ScenarioList
{
    /// <summary>The scenarios in the order of their numbers.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new Scenario257(),
        new Scenario300(),
        new Scenario301(),
        new Scenario302(),
        new Scenario303(),
        new Scenario304(),
        new Scenario305(),
        new Scenario306(),
        new Scenario307(),
        new Scenario308(),
        new Scenario309(),
        new Scenario310(),
    ];
}
