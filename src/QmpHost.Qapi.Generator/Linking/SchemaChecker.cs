using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Linking;

/// <summary>Runs every check on the definitions of a schema.</summary>
internal sealed class SchemaChecker
{
    private readonly IReadOnlyList<Definition> _definitions;
    private readonly SchemaIndex _index;
    private readonly List<SchemaError> _errors;
    private readonly TypeCheck _types;
    private readonly UnionCheck _unions;
    private readonly AlternateCheck _alternates;

    public SchemaChecker(IReadOnlyList<Definition> definitions, List<SchemaError> errors)
    {
        _definitions = definitions;
        _index = new SchemaIndex(definitions);
        _errors = errors;
        _types = new TypeCheck(_index, errors);
        _unions = new UnionCheck(_index, _types, errors);
        _alternates = new AlternateCheck(_index, _types, errors);
    }

    /// <summary>Finds everything that is wrong.</summary>
    /// <param name="documentationRequired">Whether a definition without a comment is an error.</param>
    public void Check(bool documentationRequired)
    {
        new DuplicateCheck(_errors).Check(_definitions);
        foreach (Definition definition in _definitions)
        {
            CheckDefinition(definition);
            if (documentationRequired || definition.Documentation.Name.Length > 0)
            {
                DocumentationCheck.Check(definition, _index, _errors);
            }
        }
    }

    private void CheckDefinition(Definition definition)
    {
        NameRules.Check(definition, _errors);
        CheckMarks(definition.Marks, definition.Place);
        switch (definition)
        {
            case EnumDefinition e:
                new MemberNameCheck(_errors, e.Name).CheckValues(e.Values);
                e.Values.ToList().ForEach(v => CheckMarks(v.Marks, v.Place));
                break;
            case StructDefinition s:
                _types.CheckBase(s);
                CheckMembers(s.Name, _index.MembersOf(s.Name), s.Members, []);
                break;
            case UnionDefinition u:
                _types.CheckMembers(u.BaseMembers);
                CheckMembers(u.Name, _index.BaseMembersOf(u), u.BaseMembers, ["Branch"]);
                _unions.Check(u);
                break;
            case AlternateDefinition a:
                _alternates.Check(a);
                break;
            case CommandDefinition c:
                _types.CheckCall(c.Data, c.IsBoxed, c.Place);
                _types.CheckReference(c.Returns);
                CheckMembers(c.Name, c.Members, c.Members, []);
                break;
            case EventDefinition e:
                _types.CheckCall(e.Data, e.IsBoxed, e.Place);
                CheckMembers(e.Name, _index.DataMembersOf(e.Data, e.Members), e.Members, ["Name", "Since", "HasData"]);
                break;
        }
    }

    private void CheckMembers(string owner, IReadOnlyList<Member> all, EquatableArray<Member> own, string[] reserved)
    {
        _types.CheckMembers(own);
        new MemberNameCheck(_errors, owner, reserved).CheckMembers(all);
        foreach (Member member in own)
        {
            CheckMarks(member.Marks, member.Place);
        }
    }

    private void CheckMarks(Marks marks, SourcePlace place)
    {
        if (marks is { Since: { } since, Removed: { } removed } && !removed.IsAfter(since))
        {
            _errors.Add(new SchemaError(SchemaErrorKind.Expression, "it was removed before it was there: 'removed' comes after 'since'", place));
        }
    }
}
