using QmpHost.Qapi.Generator.Linking;
using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Emit;

/// <summary>Emits the table from which the host answers <c>query-qmp-schema</c>.</summary>
internal sealed class IntrospectionEmitter(SchemaModel schema, SchemaIndex index)
{
    private const string Entry = "global::QmpHost.Qapi.IntrospectionEntry";

    public string Emit()
    {
        var code = new CodeWriter();
        code.Open("internal static class SchemaTable");
        code.Line($"public static {Entry}[] Entries() => [{Join(schema.Domains.Select(d => $".. {Names.Pascal(d.Name)}()"))}];");
        foreach (Domain domain in schema.Domains)
        {
            EmitDomain(code, domain);
        }

        code.Line();
        EmitCommandsAndEvents(code);
        code.Close();
        return code.ToString();
    }

    // One method for each domain: compilers are slow with methods of a thousand expressions.
    private void EmitDomain(CodeWriter code, Domain domain)
    {
        code.Line();
        code.Line($"private static {Entry}[] {Names.Pascal(domain.Name)}() =>");
        code.Line("[");
        foreach (string line in domain.Definitions.SelectMany(Describe))
        {
            code.Line("    " + line);
        }

        code.Line("];");
    }

    private void EmitCommandsAndEvents(CodeWriter code)
    {
        code.Open("public static string[] CommandsAndEvents(global::QmpHost.Qapi.QmpProgram program, global::QmpHost.Qapi.VersionProfile profile) => program switch");
        foreach (ProgramDomains program in schema.Programs)
        {
            string pattern = $"global::QmpHost.Qapi.QmpProgram.{program.Program}";
            if (program.Was is { } was)
            {
                code.Line($"{pattern} when !{ProfileTest.Reached(was.Until, "profile")} => [{Join(CommandsAndEvents(program.FormerDomains()))}],");
            }

            code.Line($"{pattern} => [{Join(CommandsAndEvents(program.Domains))}],");
        }

        code.Line("_ => [],");
        code.Close(";");
    }

    private IEnumerable<string> CommandsAndEvents(IEnumerable<string> domains) => domains
        .SelectMany(name => schema.Domains.Where(d => d.Name == name))
        .SelectMany(d => d.Definitions.Where(e => e is CommandDefinition or EventDefinition))
        .Select(e => Names.Quote(e.Name));

    private IEnumerable<string> Describe(Definition definition)
    {
        switch (definition)
        {
            case EnumDefinition e:
                yield return Line(e, "Enum", $"Members = [{Join(e.Values.Select(v => MemberOf(v.Name, string.Empty, false, v.Features, v.Marks)))}]");
                break;
            case StructDefinition s:
                yield return Line(s, "Object", Members(index.MembersOf(s.Name)));
                break;
            case UnionDefinition u:
                yield return Line(u, "Object", Members(index.BaseMembersOf(u)), $"Tag = {Names.Quote(u.Discriminator)}", Variants(u));
                break;
            case AlternateDefinition a:
                yield return Line(a, "Alternate", $"Members = [{Join(a.Branches.Select(b => MemberOf(b.Name, TypeName(b.Type), false, default, b.Marks)))}]");
                break;
            case CommandDefinition c:
                foreach (string line in DescribeCall(c, "Command", c.Data, c.Members, c.Returns, c.AllowOob))
                {
                    yield return line;
                }

                break;
            case EventDefinition e:
                foreach (string line in DescribeCall(e, "Event", e.Data, e.Members, null, false))
                {
                    yield return line;
                }

                break;
        }
    }

    private static IEnumerable<string> DescribeCall(Definition definition, string kind, TypeReference? data, EquatableArray<Member> inPlace, TypeReference? returns, bool oob)
    {
        var settings = new List<string>();
        if (data is not null)
        {
            settings.Add($"Arguments = {Names.Quote(TypeName(data))}");
        }
        else if (inPlace.Count > 0)
        {
            string name = definition.Name + " (data)";
            settings.Add($"Arguments = {Names.Quote(name)}");
            string former = definition.Was is { } was ? ", " + Former(was) : string.Empty;
            yield return $"new({Names.Quote(name)}, SchemaMetaType.Object) {{ {Members(inPlace)}{former} }},";
        }

        if (returns is not null)
        {
            settings.Add($"Returns = {Names.Quote(TypeName(returns))}");
        }

        if (oob)
        {
            settings.Add("AllowOob = true");
        }

        yield return Line(definition, kind, settings.ToArray());
    }

    private static string Line(Definition definition, string kind, params string[] settings)
    {
        var all = settings.ToList();
        if (definition.Features.Count > 0)
        {
            all.Add(Features(definition.Features));
        }

        if (definition.Was is { } was)
        {
            all.Add(Former(was));
        }

        if (Marks(definition.Marks) is { } marks)
        {
            all.Add(marks);
        }

        return $"new({Names.Quote(definition.Name)}, SchemaMetaType.{kind}) {{ {Join(all)} }},";
    }

    private static string Members(IEnumerable<Member> members) =>
        $"Members = [{Join(members.Select(m => MemberOf(m.Name, TypeName(m.Type), m.IsOptional, m.Features, m.Marks, m.Was)))}]";

    // QEMU lists the branches that are given first, then the values of the discriminator that bring nothing with them.
    private string Variants(UnionDefinition union)
    {
        Member tag = index.BaseMembersOf(union).First(m => m.Name == union.Discriminator);
        var values = ((EnumDefinition)index.Find(tag.Type.Name)!).Values.ToDictionary(v => v.Name);
        IEnumerable<string> given = union.Branches.Select(b => MemberOf(b.Name, TypeName(b.Type), false, default, values[b.Name].Marks));
        IEnumerable<string> empty = values.Values
            .Where(v => union.Branches.All(b => b.Name != v.Name))
            .Select(v => MemberOf(v.Name, string.Empty, false, default, v.Marks));
        return $"Variants = [{Join(given.Concat(empty))}]";
    }

    private static string MemberOf(string name, string type, bool optional, EquatableArray<Feature> features, Marks marks, FormerMember? was = null)
    {
        var settings = new List<string>();
        if (optional)
        {
            settings.Add("IsOptional = true");
        }

        if (features.Count > 0)
        {
            settings.Add(Features(features));
        }

        if (was is not null)
        {
            string formerType = was.Type is { } t ? Names.Quote(TypeName(t)) : "null";
            string formerOptional = was.IsOptional is { } o ? (o ? "true" : "false") : "null";
            settings.Add($"Was = new({ProfileTest.Initializer(was.Until)}, {formerType}, {formerOptional})");
        }

        if (Marks(marks) is { } limits)
        {
            settings.Add(limits);
        }

        string text = $"new({Names.Quote(name)}, {Names.Quote(type)})";
        return settings.Count == 0 ? text : $"{text} {{ {Join(settings)} }}";
    }

    private static string Features(EquatableArray<Feature> features) => $"Features = [{Join(features.Select(Feature))}]";

    private static string Feature(Feature feature)
    {
        string name = Names.Quote(feature.Name);
        return Marks(feature.Marks) is { } marks ? $"new({name}) {{ {marks} }}" : name;
    }

    private static string Former(FormerDefinition was)
    {
        string order = was.Order.Count > 0 ? $"[{Join(was.Order.Select(Names.Quote))}]" : "null";
        return $"Was = new({ProfileTest.Initializer(was.Until)}, {order}, {(was.IsStruct ? "true" : "false")})";
    }

    private static string? Marks(Marks marks)
    {
        if (ProfileTest.Condition(marks, string.Empty) is null)
        {
            return null;
        }

        string removed = marks.Removed is { } r ? $", new global::QmpHost.Qapi.QemuRelease({r.Major}, {r.Minor})" : string.Empty;
        return $"Marks = new({ProfileTest.Initializer(marks.Since)}{removed})";
    }

    // All widths of integers are one type to a client.
    private static string TypeName(TypeReference type)
    {
        string name = BuiltinType.Find(type.Name) is { Json: "int" } ? "int" : type.Name;
        return type.IsList ? $"[{name}]" : name;
    }

    private static string Join(IEnumerable<string> parts) => string.Join(", ", parts);
}
