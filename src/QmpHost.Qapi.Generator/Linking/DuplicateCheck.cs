using QmpHost.Qapi.Generator.Emit;
using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Linking;

/// <summary>Finds definitions of the same name, and those that would become the same C# type.</summary>
internal sealed class DuplicateCheck(List<SchemaError> errors)
{
    private readonly Dictionary<string, Definition> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Definition> _byCSharpName = new(StringComparer.Ordinal);

    public void Check(IEnumerable<Definition> definitions)
    {
        foreach (Definition definition in definitions)
        {
            if (_byName.TryGetValue(definition.Name, out Definition? first))
            {
                Add($"'{definition.Name}' is defined already in {Describe(first.Place)}", definition);
                continue;
            }

            _byName.Add(definition.Name, definition);
            foreach (string name in CSharpNamesOf(definition))
            {
                if (_byCSharpName.TryGetValue(name, out Definition? other))
                {
                    Add($"'{definition.Name}' and '{other.Name}' both become the C# type {name}", definition);
                }
                else
                {
                    _byCSharpName.Add(name, definition);
                }
            }
        }
    }

    private static string Describe(SourcePlace place) => $"{System.IO.Path.GetFileName(place.Path)}, line {place.Line + 1}";

    private static IEnumerable<string> CSharpNamesOf(Definition definition) => definition switch
    {
        EnumDefinition => [definition.Name, definition.Name + "Enum"],
        UnionDefinition => [definition.Name, Names.BranchInterface(definition.Name)],
        EventDefinition => [Names.Event(definition.Name)],
        CommandDefinition => [Names.Arguments(definition.Name)],
        _ => [definition.Name],
    };

    private void Add(string message, Definition definition) =>
        errors.Add(new SchemaError(SchemaErrorKind.Duplicate, message, definition.Place));
}
