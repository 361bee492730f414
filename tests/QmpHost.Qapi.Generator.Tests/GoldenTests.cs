using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.CodeAnalysis;
using NUnit.Framework;

namespace QmpHost.Qapi.Generator.Tests;

/// <summary>
/// Compares what is generated for small schemas with the sources that were read and found good.
/// With QMPHOST_UPDATE_GOLDEN set, the test writes the files instead; then read the difference.
/// </summary>
[TestFixture]
public class GoldenTests
{
    [TestCase("struct")]
    [TestCase("enum")]
    [TestCase("union")]
    [TestCase("commands")]
    public void Generated_sources_are_as_they_were(string name)
    {
        string folder = Path.Combine(Path.GetDirectoryName(ThisFile())!, "Golden");
        string golden = Path.Combine(folder, name + ".out");
        GeneratorRunResult result = new GeneratorRun().Run((name + ".json", File.ReadAllText(Path.Combine(folder, name + ".json"))));
        Assert.That(result.Diagnostics, Is.Empty);

        string text = Join(result);
        if (Environment.GetEnvironmentVariable("QMPHOST_UPDATE_GOLDEN") is not null)
        {
            File.WriteAllText(golden, text);
        }

        Assert.That(text, Is.EqualTo(File.ReadAllText(golden)));
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;

    private static string Join(GeneratorRunResult result)
    {
        var text = new StringBuilder();
        foreach (GeneratedSourceResult source in result.GeneratedSources)
        {
            text.Append("==== ").Append(source.HintName).Append('\n').Append(source.SourceText);
        }

        return text.ToString();
    }
}
