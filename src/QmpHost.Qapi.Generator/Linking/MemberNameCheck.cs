using QmpHost.Qapi.Generator.Emit;
using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Linking;

/// <summary>Checks the names within one definition: their form, and that no two are the same, in the schema or in C#.</summary>
internal sealed class MemberNameCheck(List<SchemaError> errors, string owner, params string[] reserved)
{
    // What every record has, whatever its members.
    private static readonly string[] RecordMembers =
        ["Equals", "GetHashCode", "GetType", "ToString", "MemberwiseClone", "EqualityContract", "PrintMembers", "Visit", "VisitMembers", "WriteTo", "AddKnownMembers", "KnownMembers"];

    private readonly Dictionary<string, string> _byCSharpName = new(StringComparer.Ordinal);

    public void CheckMembers(IEnumerable<Member> members)
    {
        foreach (Member member in members)
        {
            Report(NameRules.CheckMember(member.Name), member.Place);
            Claim(member.Name, Names.Property(member.Name, owner), "member", member.Place);
        }
    }

    public void CheckValues(IEnumerable<EnumValue> values)
    {
        foreach (EnumValue value in values)
        {
            if (NameRules.CheckValue(value.Name) is { } message)
            {
                Report(message, value.Place);
            }
            else
            {
                Claim(value.Name, Names.EnumValue(value.Name), "value", value.Place);
            }
        }
    }

    public void CheckBranches(IEnumerable<Branch> branches)
    {
        foreach (Branch branch in branches)
        {
            Report(NameRules.CheckValue(branch.Name), branch.Place);
            Claim(branch.Name, Names.Pascal(branch.Name), "branch", branch.Place);
        }
    }

    private void Claim(string name, string csharp, string kind, SourcePlace place)
    {
        if (_byCSharpName.TryGetValue(csharp, out string? other))
        {
            string message = other == name
                ? $"the {kind} '{name}' stands twice in '{owner}'"
                : $"the {kind}s '{other}' and '{name}' of '{owner}' both become {csharp} in C#";
            errors.Add(new SchemaError(SchemaErrorKind.Duplicate, message, place));
        }
        else if (kind == "member" && (reserved.Contains(csharp) || RecordMembers.Contains(csharp)))
        {
            Report($"the {kind} '{name}' of '{owner}' would become {csharp}, which its C# type has already", place);
        }
        else
        {
            _byCSharpName.Add(csharp, name);
        }
    }

    private void Report(string? message, SourcePlace place)
    {
        if (message is not null)
        {
            errors.Add(new SchemaError(SchemaErrorKind.Name, message, place));
        }
    }
}
