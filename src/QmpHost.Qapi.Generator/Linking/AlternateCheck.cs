using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Linking;

/// <summary>Checks that the JSON type alone tells the alternatives of an alternate apart.</summary>
internal sealed class AlternateCheck(SchemaIndex index, TypeCheck types, List<SchemaError> errors)
{
    public void Check(AlternateDefinition alternate)
    {
        if (alternate.Branches.Count == 0)
        {
            Add($"the alternate '{alternate.Name}' has no alternative", alternate.Place);
        }

        new MemberNameCheck(errors, alternate.Name).CheckBranches(alternate.Branches);
        var byKind = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (Branch branch in alternate.Branches.Where(b => types.CheckReference(b.Type)))
        {
            if (JsonKindOf(branch.Type) is not { } kind)
            {
                Add($"the alternative '{branch.Name}' cannot be of type '{branch.Type.Name}'", branch.Place);
            }
            else if (byKind.TryGetValue(kind, out string? other))
            {
                Add($"the alternatives '{other}' and '{branch.Name}' are both {kind} in JSON", branch.Place);
            }
            else
            {
                byKind.Add(kind, branch.Name);
            }
        }
    }

    private string? JsonKindOf(TypeReference type) => type.IsList ? "an array" : index.Find(type.Name) switch
    {
        EnumDefinition => "a string",
        StructDefinition or UnionDefinition => "an object",
        null => BuiltinType.Find(type.Name)?.Json switch
        {
            "string" => "a string",
            "boolean" => "a boolean",
            "null" => "null",
            "int" or "number" => "a number",
            _ => null,
        },
        _ => null,
    };

    private void Add(string message, SourcePlace place) => errors.Add(new SchemaError(SchemaErrorKind.Alternate, message, place));
}
