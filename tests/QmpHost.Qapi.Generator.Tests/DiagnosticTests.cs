using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using NUnit.Framework;

namespace QmpHost.Qapi.Generator.Tests;

/// <summary>Each thing that can be wrong with a schema, and the error with its place.</summary>
[TestFixture]
public class DiagnosticTests
{
    private const string Enum = "{ 'enum': 'Kind', 'data': [ 'a', 'b' ] }\n{ 'struct': 'Empty', 'data': { } }\n";

    // The text that the error must point to stands between «».
    private static readonly (string Id, string Message, string Schema)[] Cases =
    [
        ("QAPI001", "stray '\"'", "{ 'struct': «\"»S\" }"),
        ("QAPI001", "stray 'null'", "{ 'struct': «null» }"),
        ("QAPI001", "the string has no end", "{ 'struct': «'»S }"),
        ("QAPI001", "a string holds printable ASCII without backslashes only", "{ 'struct': «'S»\\n' }"),
        ("QAPI001", "expected an object, found '['", "«[»]"),
        ("QAPI001", "expected a key in quotes, found '}'", "{ 'struct': 'S', «}»"),
        ("QAPI001", "expected ':', found '}'", "{ 'struct' «}»"),
        ("QAPI001", "expected ',' or '}', found the end of the file", "{ 'struct': 'S'«»"),
        ("QAPI001", "expected ',' or ']', found '}'", "{ 'enum': 'E', 'data': [ 'a' «}»"),
        ("QAPI001", "expected a value, found ':'", "{ 'struct': «:» }"),
        ("QAPI004", "the key 'data' stands twice in one object", "{ 'struct': 'S', 'data': { }, «'data'»: { } }"),
        ("QAPI002", "an empty object defines nothing", "«{» }"),
        ("QAPI002", "'class' is no kind of definition", "{ «'class'»: 'S' }"),
        ("QAPI002", "the key 'dat' is not known here", "{ 'struct': 'S', «'dat'»: { } }"),
        ("QAPI002", "the key 'data' is missing", "«{» 'struct': 'S' }"),
        ("QAPI002", "'struct' takes a string", "{ 'struct': «[» ], 'data': { } }"),
        ("QAPI002", "'boxed' takes true or false", "{ 'command': 'c', 'boxed': «'yes'» }"),
        ("QAPI002", "a pragma is an object", "«{» 'pragma': 'x' }"),
        ("QAPI002", "members are given as an object", "{ 'struct': 'S', 'data': «[» ] }"),
        ("QAPI002", "branches are given as an object", "{ 'alternate': 'A', 'data': «[» ] }"),
        ("QAPI002", "the values of an enum are given as a list", "{ 'enum': 'E', 'data': «{» } }"),
        ("QAPI002", "features are given as a list", "{ 'struct': 'S', 'data': { }, 'features': «'f'» }"),
        ("QAPI002", "expected a name, or an object with key 'name'", "{ 'enum': 'E', 'data': [ «true» ] }"),
        ("QAPI002", "the key 'type' is missing", "{ 'struct': 'S', 'data': { 'a': «{» 'since': '7.0' } } }"),
        ("QAPI002", "a type is a name, or a list of one name", "{ 'struct': 'S', 'data': { 'a': «[» 'int', 'str' ] } }"),
        ("QAPI002", "'since' takes a release such as '7.2'", "{ 'struct': 'S', 'data': { }, 'since': «'seven'» }"),
        ("QAPI002", "it was removed before it was there: 'removed' comes after 'since'", "{ 'struct': «'S'», 'data': { }, 'since': '7.0', 'removed': '7.0' }"),
        ("QAPI002", "a condition is a symbol, or an object with one key: 'all' or 'any' with a list, or 'not'", "{ 'struct': 'S', 'data': { }, 'if': «[» ] }"),
        ("QAPI003", "'point': a type's name is in camel case and starts with a capital", "{ 'struct': «'point'», 'data': { } }"),
        ("QAPI003", "'Do-it': a command's name is in lower case, its words joined by '-' or '_'", "{ 'command': «'Do-it'» }"),
        ("QAPI003", "'It-happened': an event's name is in upper case, its words joined by '_'", "{ 'event': «'It-happened'» }"),
        ("QAPI003", "'PointList': names that end in 'List' are reserved", "{ 'struct': «'PointList'», 'data': { } }"),
        ("QAPI003", "'CommandTable' is reserved", "{ 'struct': «'CommandTable'», 'data': { } }"),
        ("QAPI003", "'X': a member's name is in lower case, its words joined by '-' or '_'", "{ 'struct': 'S', 'data': { «'X'»: 'int' } }"),
        ("QAPI003", "'has-x' is reserved", "{ 'struct': 'S', 'data': { «'has-x'»: 'int' } }"),
        ("QAPI003", "'a b': a value's name consists of letters, digits, '-', '_' and '.'", "{ 'enum': 'E', 'data': [ «'a b'» ] }"),
        ("QAPI003", "the member 'get-type' of 'S' would become GetType, which its C# type has already", "{ 'struct': 'S', 'data': { «'get-type'»: 'int' } }"),
        ("QAPI003", "the member 'name' of 'DONE' would become Name, which its C# type has already", "{ 'event': 'DONE', 'data': { «'name'»: 'str' } }"),
        ("QAPI003", "the member 'branch' of 'U' would become Branch, which its C# type has already", Enum + "{ 'union': 'U', 'base': { 'k': 'Kind', «'branch'»: 'int' }, 'discriminator': 'k', 'data': { 'a': 'Empty' } }"),
        ("QAPI004", "'S' is defined already in all.json, line 2", "{ 'struct': 'S', 'data': { } }\n{ 'enum': «'S'», 'data': [ 'a' ] }"),
        ("QAPI004", "'EEnum' and 'E' both become the C# type EEnum", "{ 'enum': 'E', 'data': [ 'a' ] }\n{ 'struct': «'EEnum'», 'data': { } }"),
        ("QAPI004", "the member 'a' stands twice in 'S'", "{ 'struct': 'S', 'data': { 'a': 'int', «'*a'»: 'int' } }"),
        ("QAPI004", "the member 'a' stands twice in 'T'", "{ 'struct': 'S', 'data': { 'a': 'int' } }\n{ 'struct': 'T', 'base': 'S', 'data': { «'a'»: 'int' } }"),
        ("QAPI004", "the members 'a-b' and 'a_b' of 'S' both become AB in C#", "{ 'struct': 'S', 'data': { 'a-b': 'int', «'a_b'»: 'int' } }"),
        ("QAPI004", "the value 'a' stands twice in 'E'", "{ 'enum': 'E', 'data': [ 'a', «'a'» ] }"),
        ("QAPI005", "there is no type 'Nothing'", "{ 'struct': 'S', 'data': { 'a': «'Nothing'» } }"),
        ("QAPI005", "there is no type 'Nothing'", "{ 'command': 'c', 'returns': [«'Nothing'»] }"),
        ("QAPI005", "there is no type 'Nothing'", "{ 'event': 'E', 'data': «'Nothing'» }"),
        ("QAPI005", "the base 'Kind' is no struct", Enum + "{ 'struct': 'S', 'base': «'Kind'», 'data': { } }"),
        ("QAPI005", "'S' is its own base", "{ 'struct': 'S', 'base': «'S'», 'data': { } }"),
        ("QAPI005", "'Kind' is no struct or union", Enum + "{ 'command': 'c', 'data': «'Kind'» }"),
        ("QAPI005", "the union 'U' needs 'boxed'", Enum + "{ 'union': 'U', 'base': { 'k': 'Kind' }, 'discriminator': 'k', 'data': { 'a': 'Empty' } }\n{ 'command': 'c', 'data': «'U'» }"),
        ("QAPI005", "'boxed' needs a named type as 'data'", "{ 'command': «'c'», 'boxed': true }"),
        ("QAPI006", "the union 'U' has no branch", Enum + "{ 'union': «'U'», 'base': { 'k': 'Kind' }, 'discriminator': 'k', 'data': { } }"),
        ("QAPI006", "the discriminator 'z' is no member of the base", Enum + "{ 'union': 'U', 'base': { 'k': 'Kind' }, 'discriminator': «'z'», 'data': { 'a': 'Empty' } }"),
        ("QAPI006", "the discriminator 'k' must not be optional", Enum + "{ 'union': 'U', 'base': { '*k': 'Kind' }, 'discriminator': «'k'», 'data': { 'a': 'Empty' } }"),
        ("QAPI006", "the discriminator 'k' must be of an enum type", Enum + "{ 'union': 'U', 'base': { 'k': 'str' }, 'discriminator': «'k'», 'data': { 'a': 'Empty' } }"),
        ("QAPI006", "the branch 'c' is no value of 'Kind'", Enum + "{ 'union': 'U', 'base': { 'k': 'Kind' }, 'discriminator': 'k', 'data': { «'c'»: 'Empty' } }"),
        ("QAPI006", "the branch 'a' must be a struct or a union", Enum + "{ 'union': 'U', 'base': { 'k': 'Kind' }, 'discriminator': 'k', 'data': { 'a': «'Kind'» } }"),
        ("QAPI006", "the member 'k' of branch 'a' is in the base, too", Enum + "{ 'struct': 'S', 'data': { 'k': 'int' } }\n{ 'union': 'U', 'base': { 'k': 'Kind' }, 'discriminator': 'k', 'data': { «'a'»: 'S' } }"),
        ("QAPI007", "the alternate 'A' has no alternative", "{ 'alternate': «'A'», 'data': { } }"),
        ("QAPI007", "the alternatives 'a' and 'b' are both a string in JSON", Enum + "{ 'alternate': 'A', 'data': { 'a': 'str', «'b'»: 'Kind' } }"),
        ("QAPI007", "the alternatives 'a' and 'b' are both a number in JSON", "{ 'alternate': 'A', 'data': { 'a': 'int', «'b'»: 'number' } }"),
        ("QAPI007", "the alternative 'a' cannot be of type 'any'", "{ 'alternate': 'A', 'data': { «'a'»: 'any' } }"),
        ("QAPI008", "the comment is about 'T', the definition below it is 'S'", "##\n«# @T: a thing»\n##\n{ 'struct': 'S', 'data': { } }"),
        ("QAPI008", "the comment does not say what 'S' is", "##\n«# @S:»\n##\n{ 'struct': 'S', 'data': { } }"),
        ("QAPI008", "'S' has no 'b'", "##\n# @S: a thing\n«# @b: something»\n##\n{ 'struct': 'S', 'data': { } }"),
        ("QAPI009", "there is no schema file 'other.json'", "{ 'include': «'other.json'» }"),
    ];

    public static IEnumerable<DiagnosticCase> AllCases => Cases.Select(c => new DiagnosticCase(
        c.Id,
        c.Message,
        c.Schema[(c.Schema.IndexOf('«', StringComparison.Ordinal) + 1)..c.Schema.IndexOf('»', StringComparison.Ordinal)],
        c.Schema));

    [TestCaseSource(nameof(AllCases))]
    public void A_bad_schema_is_an_error_at_its_place(DiagnosticCase expected)
    {
        string text = GeneratorRun.Root + expected.Schema;
        int start = text.IndexOf('«', StringComparison.Ordinal);
        text = text.Replace("«", string.Empty, StringComparison.Ordinal).Replace("»", string.Empty, StringComparison.Ordinal);
        GeneratorRunResult result = new GeneratorRun().Run(("all.json", text));

        Diagnostic diagnostic = result.Diagnostics.Single();
        LinePosition place = SourceText.From(text).Lines.GetLinePosition(start);
        Assert.Multiple(() =>
        {
            Assert.That(result.Exception, Is.Null);
            Assert.That(result.GeneratedSources, Is.Empty);
            Assert.That(diagnostic.Severity, Is.EqualTo(DiagnosticSeverity.Error));
            Assert.That($"{diagnostic.Id}: {diagnostic.GetMessage(null)}", Is.EqualTo($"{expected.Id}: {expected.Message}"));
            Assert.That(diagnostic.Location.GetLineSpan().Path, Is.EqualTo(GeneratorRun.Folder + "all.json"));
            Assert.That(diagnostic.Location.GetLineSpan().StartLinePosition, Is.EqualTo(place));
            Assert.That(text.Substring(diagnostic.Location.SourceSpan.Start, diagnostic.Location.SourceSpan.Length), Is.EqualTo(expected.PointsTo));
        });
    }

    [Test]
    public void A_file_that_no_program_includes_is_an_error()
    {
        GeneratorRunResult result = new GeneratorRun().Run(("all.json", GeneratorRun.Root), ("lost.json", "{ 'struct': 'S', 'data': { } }"));
        Assert.That(result.Diagnostics.Select(d => d.GetMessage(null)), Is.EqualTo(new[] { "no program includes 'lost.json'" }));
        Assert.That(result.Diagnostics[0].Location.GetLineSpan().Path, Does.EndWith("lost.json"));
    }

    [Test]
    public void Comments_are_required_where_a_program_says_so()
    {
        GeneratorRunResult result = new GeneratorRun().Run(("all.json", "{ 'pragma': { 'program': 'System', 'doc-required': true } }\n{ 'struct': 'S', 'data': { } }"));
        Assert.That(result.Diagnostics.Select(d => d.GetMessage(null)), Is.EqualTo(new[] { "'S' has no comment" }));
    }

    [Test]
    public void Several_errors_are_reported_at_once()
    {
        GeneratorRunResult result = GeneratorRun.OnOne("{ 'struct': 'S', 'data': { 'a': 'No', 'b': 'Not' } }\n{ 'struct': 'T' }\n{ 'enum': 'E', 'data': [ 'x', 'x' ] }");
        Assert.That(result.Diagnostics.Select(d => d.Id), Is.EquivalentTo(new[] { "QAPI005", "QAPI005", "QAPI002", "QAPI004" }));
    }

    [Test]
    public void A_syntax_error_does_not_bring_errors_about_what_is_below_it()
    {
        GeneratorRunResult result = GeneratorRun.OnOne("{ 'struct': 'S', 'data': { 't': 'T' } }\n{ 'struct': }\n{ 'struct': 'T', 'data': { } }");
        Assert.That(result.Diagnostics.Select(d => d.GetMessage(null)), Is.EqualTo(new[] { "expected a value, found '}'" }));
    }
}
