using NUnit.Framework;
using QmpHost.Qapi.Generator.Model;
using QmpHost.Qapi.Generator.Parsing;

namespace QmpHost.Qapi.Generator.Tests;

/// <summary>What the build's symbols exclude is not part of the schema.</summary>
[TestFixture]
public class ConditionTests
{
    [TestCase("'CONFIG_A'", "CONFIG_A", true)]
    [TestCase("'CONFIG_A'", "CONFIG_B", false)]
    [TestCase("{ 'all': [ 'CONFIG_A', 'CONFIG_B' ] }", "CONFIG_A", false)]
    [TestCase("{ 'all': [ 'CONFIG_A', 'CONFIG_B' ] }", "CONFIG_A CONFIG_B", true)]
    [TestCase("{ 'any': [ 'CONFIG_A', 'CONFIG_B' ] }", "CONFIG_B", true)]
    [TestCase("{ 'any': [ 'CONFIG_A', 'CONFIG_B' ] }", "", false)]
    [TestCase("{ 'not': { 'any': [ 'CONFIG_A', 'CONFIG_B' ] } }", "", true)]
    public void A_definition_is_there_if_its_condition_holds(string condition, string symbols, bool expected) =>
        Assert.That(Parse($"{{ 'struct': 'S', 'data': {{ }}, 'if': {condition} }}", symbols).Definitions, Has.Count.EqualTo(expected ? 1 : 0));

    [Test]
    public void So_are_members_values_branches_and_features()
    {
        const string Text = """
            { 'struct': 'S', 'data': { 'a': 'int', 'b': { 'type': 'int', 'if': 'X' } }, 'features': [ 'f', { 'name': 'g', 'if': 'X' } ] }
            { 'enum': 'E', 'data': [ 'a', { 'name': 'b', 'if': 'X' } ] }
            { 'alternate': 'A', 'data': { 'a': 'str', 'b': { 'type': 'int', 'if': 'X' } } }
            """;
        Assert.Multiple(() =>
        {
            Assert.That(Count(Parse(Text, string.Empty)), Is.EqualTo(new[] { 1, 1, 1, 1 }));
            Assert.That(Count(Parse(Text, "X")), Is.EqualTo(new[] { 2, 2, 2, 2 }));
        });
    }

    private static int[] Count(SchemaFile file) =>
    [
        ((StructDefinition)file.Definitions[0]).Members.Count,
        file.Definitions[0].Features.Count,
        ((EnumDefinition)file.Definitions[1]).Values.Count,
        ((AlternateDefinition)file.Definitions[2]).Branches.Count,
    ];

    private static SchemaFile Parse(string text, string symbols)
    {
        SchemaFile file = SchemaFileParser.Parse("schema/s.json", text, symbols.Split(' '));
        Assert.That(file.Errors, Is.Empty);
        return file;
    }
}
