using System.Globalization;
using QmpHost.Sessions;
using Spectre.Console;

namespace QmpHost.Benchmarks.SideBySide;

/// <summary>Takes every figure from both programs in turn (A B A B …) and prints medians and ratios.</summary>
internal static class Comparison
{
    /// <summary>Runs the comparison.</summary>
    /// <param name="subject">QmpHost.</param>
    /// <param name="oracle">What it is compared with.</param>
    /// <param name="rounds">How often each figure is taken from each.</param>
    /// <param name="names">Which figures, or none for all.</param>
    public static void Run(Contender subject, Contender oracle, int rounds, IReadOnlyCollection<string> names)
    {
        Table table = new Table().AddColumns("figure", "unit", subject.Name, oracle.Name, "ratio", "aim");
        foreach (Measurement measurement in Measurements.All.Where(m => names.Count == 0 || names.Contains(m.Name)))
        {
            if (measurement.Tool is { } tool && ExecutablePath.Find(tool) is null)
            {
                AnsiConsole.MarkupLineInterpolated($"{measurement.Name}: skipped, {tool} is not installed");
                continue;
            }

            var mine = new List<double>();
            var theirs = new List<double>();
            for (int round = 0; round < rounds; round++)
            {
                mine.Add(measurement.Take(subject));
                theirs.Add(measurement.Take(oracle));
            }

            double a = Median(mine);
            double b = Median(theirs);
            double ratio = measurement.HigherIsBetter ? a / b : b / a;
            table.AddRow(measurement.Name, measurement.Unit, Show(a), Show(b), Show(ratio), Show(measurement.Aim));
            AnsiConsole.MarkupLineInterpolated($"{measurement.Name}: {Show(a)} against {Show(b)} {measurement.Unit}, ratio {Show(ratio)}");
        }

        AnsiConsole.Write(table);
        AnsiConsole.MarkupLine("A ratio above 1 is in favour of QmpHost.");
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private static string Show(double value) => value.ToString(value >= 100 ? "F0" : "F2", CultureInfo.InvariantCulture);
}
