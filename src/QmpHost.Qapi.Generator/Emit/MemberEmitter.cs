using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Emit;

/// <summary>Emits what a member needs in its type: the property, the expression that visits it, the statements that write it.</summary>
internal sealed class MemberEmitter(TypeMap types)
{
    public static string CSharp(Member member) => TypeMap.CSharp(member.Type) + (member.IsOptional ? "?" : string.Empty);

    public static void EmitProperty(CodeWriter code, string typeName, Member member, string documentation, string modifier = "")
    {
        code.Summary(documentation);
        string required = member.IsOptional ? string.Empty : "required ";
        code.Line($"public {modifier}{required}{CSharp(member)} {Names.Property(member.Name, typeName)} {{ get; init; }}");
        code.Line();
    }

    /// <summary>The expression that reads the member from <c>dict</c>.</summary>
    public string VisitExpression(Member member, int number)
    {
        string name = Names.Quote(member.Name);
        string? condition = ProfileTest.Condition(member.Marks, "visitor.Profile");
        string local = "value" + number;
        string required = $"visitor.Required(dict, {name}, ref seen)";
        string optional = $"visitor.Optional(dict, {name}, ref seen)";
        string? reached = member.Was is { } was ? ProfileTest.Reached(was.Until, "visitor.Profile") : null;
        if (member.IsOptional)
        {
            string found = member.Was?.IsOptional == false ? $"({reached} ? {optional} : {required})" : optional;
            found = condition is null ? found : $"({condition} ? {found} : null)";
            return $"{found} is {{ }} {local} ? {Visit(member, name, local, reached)} : null";
        }

        if (member.Was?.IsOptional == true)
        {
            string found = $"({reached} ? {required} : {optional})";
            string visit = $"{found} is {{ }} {local} ? {Visit(member, name, local, reached)} : default!";
            return condition is null ? visit : $"{condition} ? ({visit}) : default!";
        }

        string read = Visit(member, name, required, reached);
        return condition is null ? read : $"{condition} ? {read} : default!";
    }

    // Where the type was another one, the value must be of that one too, with its errors.
    private string Visit(Member member, string name, string value, string? reached)
    {
        if (member.Was?.Type is not { } former)
        {
            return types.VisitExpression(member.Type, name, value);
        }

        string kept = "former" + Names.Pascal(member.Name);
        string old = types.VisitExpression(former, name, kept);
        string now = types.VisitExpression(member.Type, name, kept);
        return $"({value} is var {kept} && {reached} ? {now} : ({old}, {now}).Item2)";
    }

    /// <summary>Writes the member, where <paramref name="owner"/> is the expression in front of the property.</summary>
    public void EmitWrite(CodeWriter code, string owner, string typeName, Member member, int number)
    {
        string property = owner + Names.Property(member.Name, typeName);
        string? condition = ProfileTest.Condition(member.Marks, "profile");
        if (member.IsOptional)
        {
            string local = "value" + number;
            string present = $"{property} is {{ }} {local}";
            code.Open($"if ({(condition is null ? present : condition + " && " + present)})");
            EmitNameAndValue(code, member, local);
            code.Close();
        }
        else if (condition is not null)
        {
            code.Open($"if ({condition})");
            EmitNameAndValue(code, member, property);
            code.Close();
        }
        else
        {
            EmitNameAndValue(code, member, property);
        }
    }

    public static void EmitKnown(CodeWriter code, IEnumerable<Member> members)
    {
        foreach (Member member in members)
        {
            string? condition = ProfileTest.Condition(member.Marks, "profile");
            code.Line((condition is null ? string.Empty : $"if ({condition}) ") + $"names.Add({Names.Quote(member.Name)});");
        }
    }

    private void EmitNameAndValue(CodeWriter code, Member member, string value)
    {
        code.Line($"writer.WriteNameToken({Names.Quote($"\"{member.Name}\": ")}u8);");
        types.EmitWrite(code, member.Type, value);
    }
}
