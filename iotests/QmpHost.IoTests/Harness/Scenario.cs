namespace QmpHost.IoTests.Harness;

/// <summary>A test that drives hosts, writes a log, and is right if the log equals its golden.</summary>
public abstract class Scenario
{
    /// <summary>The number that names scenario and golden.</summary>
    public abstract int Number { get; }

    /// <summary>What to look at in its log, or null.</summary>
    public virtual string? Remark => null;

    /// <summary>The releases under which it is played.</summary>
    public virtual IReadOnlyList<string> Releases => ["7.2", "10.0", "11.1"];

    /// <summary>Drives the hosts. Whatever is worth comparing goes to the context's log.</summary>
    public abstract Task RunAsync(ScenarioContext context);
}
