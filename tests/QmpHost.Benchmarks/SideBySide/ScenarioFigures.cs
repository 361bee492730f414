using System.Diagnostics;
using QmpHost.IoTests.Harness;

namespace QmpHost.Benchmarks.SideBySide;

/// <summary>How long whole scenarios take.</summary>
internal static class ScenarioFigures
{
    /// <summary>Milliseconds of scenario 257, from its first image to its last comparison, on the system program.</summary>
    /// <param name="contender">The program.</param>
    /// <returns>The figure.</returns>
    public static double Whole257(Contender contender)
    {
        GoldenItem scenario = GoldenItem.Scenarios().Single(item => item.Name == "257");
        long started = Stopwatch.GetTimestamp();
        scenario.PlayAsync(contender.Programs).GetAwaiter().GetResult();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }
}
