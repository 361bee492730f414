using Microsoft.CodeAnalysis;
using NUnit.Framework;

namespace QmpHost.Qapi.Generator.Tests;

[TestFixture]
public class IncrementalTests
{
    private const string Struct = "{ 'struct': 'Point', 'data': { 'x': 'int', '*y': 'int' } }\n";

    [Test]
    public void A_change_to_a_file_outside_the_schema_does_nothing_at_all()
    {
        var run = new GeneratorRun();
        run.Run(("all.json", GeneratorRun.Root + Struct), ("/src/notes/readme.json", "{}"));
        GeneratorRunResult second = run.Run(("/src/notes/readme.json", "{ }"));

        Assert.That(ReasonsOf(second, QapiGenerator.ParseStep), Is.All.EqualTo(IncrementalStepRunReason.Cached));
        Assert.That(OutputReasons(second), Is.All.EqualTo(IncrementalStepRunReason.Cached));
    }

    [Test]
    public void Moving_text_about_and_other_comments_between_definitions_emit_nothing_anew()
    {
        var run = new GeneratorRun();
        run.Run(("all.json", GeneratorRun.Root + Struct));
        GeneratorRunResult second = run.Run(("all.json", GeneratorRun.Root + "\n\n" + Struct.Replace("'x': 'int', ", "'x':\n  'int',\n", StringComparison.Ordinal)));

        Assert.That(ReasonsOf(second, QapiGenerator.ParseStep), Is.EqualTo(new[] { IncrementalStepRunReason.Modified }));
        Assert.That(ReasonsOf(second, QapiGenerator.ModelStep), Is.EqualTo(new[] { IncrementalStepRunReason.Cached }));
        Assert.That(OutputReasons(second), Is.All.EqualTo(IncrementalStepRunReason.Cached));
    }

    [Test]
    public void A_change_to_one_file_parses_only_that_file()
    {
        var run = new GeneratorRun();
        run.Run(
            ("all.json", GeneratorRun.Root + "{ 'include': 'one.json' }\n{ 'include': 'two.json' }\n"),
            ("one.json", Struct),
            ("two.json", "{ 'struct': 'Other', 'data': { 'p': 'Point' } }"));
        GeneratorRunResult second = run.Run(("two.json", "{ 'struct': 'Other', 'data': { '*p': 'Point' } }"));

        Assert.That(
            ReasonsOf(second, QapiGenerator.ParseStep),
            Is.EquivalentTo(new[] { IncrementalStepRunReason.Cached, IncrementalStepRunReason.Cached, IncrementalStepRunReason.Modified }));
        Assert.That(ReasonsOf(second, QapiGenerator.ModelStep), Is.EqualTo(new[] { IncrementalStepRunReason.Modified }));
        Assert.That(second.GeneratedSources.Single(s => s.HintName == "Other.g.cs").SourceText.ToString(), Does.Contain("Point? P"));
    }

    private static IEnumerable<IncrementalStepRunReason> ReasonsOf(GeneratorRunResult result, string step) =>
        result.TrackedSteps[step].SelectMany(s => s.Outputs).Select(o => o.Reason);

    private static IEnumerable<IncrementalStepRunReason> OutputReasons(GeneratorRunResult result) =>
        result.TrackedOutputSteps.SelectMany(s => s.Value).SelectMany(s => s.Outputs).Select(o => o.Reason);
}
