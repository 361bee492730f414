using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Linking;

/// <summary>Checks that every type that is used exists and is of the kind that is needed there.</summary>
internal sealed class TypeCheck(SchemaIndex index, List<SchemaError> errors)
{
    public bool CheckReference(TypeReference? type)
    {
        if (type is null || BuiltinType.Find(type.Name) is not null || index.Find(type.Name) is not null)
        {
            return true;
        }

        Add($"there is no type '{type.Name}'", type.Place);
        return false;
    }

    public void CheckMembers(IEnumerable<Member> members)
    {
        foreach (Member member in members)
        {
            CheckReference(member.Type);
            CheckReference(member.Was?.Type);
        }
    }

    public void CheckBase(StructDefinition definition)
    {
        if (definition.Base is not { } parent || !CheckReference(parent))
        {
            return;
        }

        if (parent.IsList || index.Find(parent.Name) is not StructDefinition)
        {
            Add($"the base '{parent.Name}' is no struct", parent.Place);
            return;
        }

        var visited = new HashSet<string>(StringComparer.Ordinal) { definition.Name };
        for (TypeReference? next = parent; next is not null; next = (index.Find(next.Name) as StructDefinition)?.Base)
        {
            if (!visited.Add(next.Name))
            {
                Add($"'{definition.Name}' is its own base", parent.Place);
                return;
            }
        }
    }

    /// <summary>Checks the data of a command or event.</summary>
    public void CheckCall(TypeReference? data, bool isBoxed, SourcePlace place)
    {
        if (data is null)
        {
            if (isBoxed)
            {
                Add("'boxed' needs a named type as 'data'", place);
            }
        }
        else if (CheckReference(data))
        {
            Definition? type = index.Find(data.Name);
            if (data.IsList || type is not (StructDefinition or UnionDefinition))
            {
                Add($"'{data.Name}' is no struct or union", data.Place);
            }
            else if (type is UnionDefinition && !isBoxed)
            {
                Add($"the union '{data.Name}' needs 'boxed'", data.Place);
            }
        }
    }

    private void Add(string message, SourcePlace place) => errors.Add(new SchemaError(SchemaErrorKind.Type, message, place));
}
