using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace QmpHost.Qapi.Generator.Tests;

/// <summary>Runs the generator on schemas in memory, once or several times with the same driver.</summary>
internal sealed class GeneratorRun
{
    private GeneratorDriver _driver = CSharpGeneratorDriver.Create(
        [new QapiGenerator().AsSourceGenerator()],
        driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    private ImmutableArray<AdditionalText> _files = [];

    /// <summary>The folder in which the schema seems to lie.</summary>
    public const string Folder = "/src/schema/";

    /// <summary>Runs once on one file, which is all of a program's schema.</summary>
    public static GeneratorRunResult OnOne(string definitions) => new GeneratorRun().Run(("all.json", Root + definitions));

    /// <summary>What a file needs to be the schema of a program; one line.</summary>
    public const string Root = "{ 'pragma': { 'program': 'System' } }\n";

    /// <summary>Runs on these files, or on those of the last run with these changed.</summary>
    public GeneratorRunResult Run(params (string Name, string Text)[] files)
    {
        foreach ((string name, string text) in files)
        {
            var file = new SchemaText(name.StartsWith('/') ? name : Folder + name, text);
            int at = _files.ToList().FindIndex(f => f.Path == file.Path);
            _driver = at < 0 ? _driver.AddAdditionalTexts([file]) : _driver.ReplaceAdditionalText(_files[at], file);
            _files = at < 0 ? _files.Add(file) : _files.SetItem(at, file);
        }

        _driver = _driver.RunGenerators(CSharpCompilation.Create("Test"));
        return _driver.GetRunResult().Results.Single();
    }
}
