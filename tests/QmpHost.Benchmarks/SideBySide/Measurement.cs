namespace QmpHost.Benchmarks.SideBySide;

/// <summary>One figure that is taken from both programs.</summary>
/// <param name="Name">How the table and the command line name it.</param>
/// <param name="Unit">The figure's unit.</param>
/// <param name="HigherIsBetter">Whether a larger figure is the better one.</param>
/// <param name="Aim">What QmpHost is to reach: its advantage, or for memory and start its part, as a ratio of at least this.</param>
/// <param name="Take">Takes the figure once.</param>
internal sealed record Measurement(string Name, string Unit, bool HigherIsBetter, double Aim, Func<Contender, double> Take)
{
    /// <summary>A program besides the two that the figure needs; without it the figure is skipped.</summary>
    public string? Tool { get; init; }
}
