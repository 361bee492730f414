using QmpHost.Control.Matching;

namespace QmpHost.Control.Rules;

/// <summary>A rule in force.</summary>
/// <remarks>May be used from any thread.</remarks>
public sealed class ActiveRule
{
    internal ActiveRule(int id, FaultRule rule)
    {
        Id = id;
        Rule = rule;
        Counter = new OccurrenceCounter(rule.When);
    }

    /// <summary>Its number among those of the host, from 1.</summary>
    public int Id { get; }

    /// <summary>The rule.</summary>
    public FaultRule Rule { get; }

    /// <summary>How many times it was applied.</summary>
    public int Hits => Counter.Counted;

    internal OccurrenceCounter Counter { get; }

    /// <summary>How many bytes have been written under a rule of a full disk.</summary>
    internal long Written { get; set; }
}
