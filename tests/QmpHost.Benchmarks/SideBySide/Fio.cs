using System.Text.Json;

namespace QmpHost.Benchmarks.SideBySide;

/// <summary>The load generator fio with its NBD engine.</summary>
internal static class Fio
{
    /// <summary>The tool's name.</summary>
    public const string Tool = "fio";

    /// <summary>Runs fio.</summary>
    /// <param name="arguments">Global options and jobs; the output format is added.</param>
    /// <returns>The results of the jobs, by name.</returns>
    public static IReadOnlyDictionary<string, JsonElement> Run(params IReadOnlyList<string> arguments)
    {
        string output = ExternalTool.Run(Tool, ["--output-format=json", .. arguments]);

        // The engine tells about its connections first.
        using var document = JsonDocument.Parse(output[output.IndexOf('{', StringComparison.Ordinal)..]);
        return document.RootElement.GetProperty("jobs").EnumerateArray()
            .ToDictionary(job => job.GetProperty("jobname").GetString()!, job => job.Clone());
    }
}
