using NUnit.Framework;
using QmpHost.Qapi.Generator.Model;
using QmpHost.Qapi.Generator.Parsing;

namespace QmpHost.Qapi.Generator.Tests;

/// <summary>What the schema says of older releases is read.</summary>
[TestFixture]
public class FormerTests
{
    [Test]
    public void A_member_says_what_it_was()
    {
        Member member = ((StructDefinition)Parse(
            "{ 'struct': 'S', 'data': { 'a': { 'type': 'E', 'was': { 'until': '8.2', 'type': 'str', 'optional': true } } } }").Definitions[0]).Members[0];
        Assert.Multiple(() =>
        {
            Assert.That(member.Was!.Until, Is.EqualTo(new Release(8, 2)));
            Assert.That(member.Was.Type!.Name, Is.EqualTo("str"));
            Assert.That(member.Was.IsOptional, Is.True);
        });
    }

    [Test]
    public void A_definition_says_how_it_was_listed()
    {
        Definition definition = Parse("{ 'struct': 'S', 'was': { 'until': '8.0', 'order': ['b', 'a'] }, 'data': { 'a': 'int', 'b': 'int' } }").Definitions[0];
        Assert.That(definition.Was!.Order, Is.EqualTo(new[] { "b", "a" }));
        Assert.That(definition.Was.IsStruct, Is.False);
    }

    [Test]
    public void A_feature_has_marks_of_its_own()
    {
        Definition definition = Parse("{ 'struct': 'S', 'features': ['f', { 'name': 'g', 'since': '11.0' }], 'data': {} }").Definitions[0];
        Assert.That(definition.Features.Select(static f => (f.Name, f.Marks.Since)), Is.EqualTo(new (string, Release?)[] { ("f", null), ("g", new Release(11, 0)) }));
    }

    [Test]
    public void Domains_change_places_with_those_that_are_named() =>
        Assert.That(
            new ProgramDomains("P", new[] { "a", "b", "c", "d" }.ToEquatable()) { Was = new FormerDefinition(new Release(8, 2), new[] { "c", "a" }.ToEquatable(), false) }.FormerDomains(),
            Is.EqualTo(new[] { "c", "b", "a", "d" }));

    private static SchemaFile Parse(string text) => SchemaFileParser.Parse("a.json", text, []);
}
