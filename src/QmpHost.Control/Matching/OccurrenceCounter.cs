namespace QmpHost.Control.Matching;

/// <summary>Counts matches and tells which of them count.</summary>
internal sealed class OccurrenceCounter(Occurrence occurrence)
{
    private readonly Random _random = new(occurrence.Seed);
    private int _seen;

    /// <summary>How many have counted.</summary>
    public int Counted { get; private set; }

    /// <summary>Notes a match.</summary>
    /// <returns>Whether it counts.</returns>
    public bool Next()
    {
        _seen++;
        bool lucky = occurrence.Probability is not { } probability || _random.NextDouble() < probability;
        bool counts = lucky
            && (occurrence.Nth is not { } nth || nth == _seen)
            && (occurrence.Every is not { } every || _seen % every == 0)
            && (occurrence.Times is not { } times || Counted < times);
        Counted += counts ? 1 : 0;
        return counts;
    }
}
