namespace QmpHost.Control.Matching;

/// <summary>Which of the matches count. Without anything said, all do.</summary>
public sealed record Occurrence
{
    /// <summary>Only this one, from 1.</summary>
    public int? Nth { get; init; }

    /// <summary>Every so manyth one.</summary>
    public int? Every { get; init; }

    /// <summary>No more than so many that counted.</summary>
    public int? Times { get; init; }

    /// <summary>Each with this probability, 0 to 1.</summary>
    public double? Probability { get; init; }

    /// <summary>Decides together with <see cref="Probability"/> which: the same ones each time.</summary>
    public int Seed { get; init; }
}
