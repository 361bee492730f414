using QmpHost.Qapi.Generator.Linking;
using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Emit;

/// <summary>Emits the record and the marker interface for a flat union.</summary>
internal sealed class UnionEmitter(SchemaIndex index, TypeMap types)
{
    private const string WriterParameters = "global::QmpHost.Qapi.QapiWriter writer, global::QmpHost.Qapi.VersionProfile profile";

    private readonly MemberEmitter _members = new(types);

    // Names of variables differ, as several may be in one method.
    private int _number;

    public string Emit(UnionDefinition definition)
    {
        var code = new CodeWriter();
        IReadOnlyList<Member> members = index.BaseMembersOf(definition);
        string[] branchTypes = definition.Branches.Select(b => b.Type.Name).Distinct().ToArray();
        EmitMarker(code, definition);
        code.Summary(Docs.OfType(definition));
        IEnumerable<string> markers = index.UnionsWithBranch(definition.Name).Select(u => Names.BranchInterface(u.Name));
        code.Open($"public sealed record {definition.Name} : {string.Join(", ", ["global::QmpHost.Qapi.IQapiWritable", .. markers])}");
        foreach (Member member in members)
        {
            MemberEmitter.EmitProperty(code, definition.Name, member, Docs.OfMember(DocumentationOwner(definition, member), member.Name, member.Marks));
        }

        code.Summary($"What `{definition.Discriminator}` brings with it, or null where that is nothing.");
        code.Line($"public {Names.BranchInterface(definition.Name)}? Branch {{ get; init; }}");
        code.Line();
        EmitFactories(code, definition, members);
        StructEmitter.EmitVisit(code, definition.Name);
        EmitVisitMembers(code, definition, members);
        EmitKnownMembers(code, members, branchTypes);
        EmitWriteTo(code, definition, members, branchTypes);
        code.Close();
        return code.ToString();
    }

    // The discriminator and the branch cannot disagree when both come from one place.
    private static void EmitFactories(CodeWriter code, UnionDefinition definition, IReadOnlyList<Member> members)
    {
        Member[] others = [.. members.Where(m => m.Name != definition.Discriminator).OrderBy(m => m.IsOptional)];
        string enumName = members.First(m => m.Name == definition.Discriminator).Type.Name;
        foreach (Branch branch in definition.Branches)
        {
            string[] parameters =
            [
                $"{branch.Type.Name} branch",
                .. others.Select(m => $"{MemberEmitter.CSharp(m)} {Names.Parameter(m.Name)}{(m.IsOptional ? " = null" : string.Empty)}"),
            ];
            string[] values =
            [
                $"{Names.Property(definition.Discriminator, definition.Name)} = {enumName}.{Names.EnumValue(branch.Name)}",
                .. others.Select(m => $"{Names.Property(m.Name, definition.Name)} = {Names.Parameter(m.Name)}"),
                "Branch = branch",
            ];
            code.Summary($"Makes the one whose `{definition.Discriminator}` is `{branch.Name}`.");
            code.Line($"public static {definition.Name} Of{Names.EnumValue(branch.Name)}({string.Join(", ", parameters)}) => new() {{ {string.Join(", ", values)} }};");
            code.Line();
        }
    }

    private static void EmitMarker(CodeWriter code, UnionDefinition definition)
    {
        code.Summary($"A branch of {definition.Name}.");
        code.Open($"public interface {Names.BranchInterface(definition.Name)} : global::QmpHost.Qapi.IQapiWritable");
        code.Close();
        code.Line();
    }

    private Definition DocumentationOwner(UnionDefinition definition, Member member) =>
        definition.Documentation.Of(member.Name) is null && definition.Base is { } parent ? index.Find(parent.Name)! : definition;

    private void EmitVisitMembers(CodeWriter code, UnionDefinition definition, IReadOnlyList<Member> members)
    {
        string name = definition.Name;
        code.Open($"internal static {name} VisitMembers(global::QmpHost.Qapi.QapiInputVisitor visitor, global::QmpHost.Qapi.QDict dict, ref int seen)");
        for (int i = 0; i < members.Count; i++)
        {
            code.Line($"{MemberEmitter.CSharp(members[i])} base{i} = {_members.VisitExpression(members[i], i)};");
        }

        int at = members.ToList().FindIndex(m => m.Name == definition.Discriminator);
        Member discriminator = members[at];
        string enumName = discriminator.Type.Name;
        code.Open($"{Names.BranchInterface(name)}? branch = base{at} switch");
        foreach (Branch branch in definition.Branches)
        {
            code.Line($"{enumName}.{Names.EnumValue(branch.Name)} => {branch.Type.Name}.VisitMembers(visitor, dict, ref seen),");
        }

        code.Line("_ => null,");
        code.Close(";");
        code.Line($"return new {name}");
        code.Open();
        for (int i = 0; i < members.Count; i++)
        {
            code.Line($"{Names.Property(members[i].Name, name)} = base{i},");
        }

        code.Line("Branch = branch,");
        code.Close(";");
        code.Close();
        code.Line();
    }

    private static void EmitKnownMembers(CodeWriter code, IReadOnlyList<Member> members, string[] branchTypes)
    {
        EmitAddKnownMembers(code, members, branchTypes);
        code.Open("private global::System.Collections.Generic.List<string> KnownMembers(global::QmpHost.Qapi.VersionProfile profile)");
        code.Line("var names = new global::System.Collections.Generic.List<string>();");
        MemberEmitter.EmitKnown(code, members);
        code.Open("switch (Branch)");
        foreach (string type in branchTypes)
        {
            code.Line($"case {type}:");
            code.Line($"    {type}.AddKnownMembers(names, profile);");
            code.Line("    break;");
        }

        code.Close();
        code.Line();
        code.Line("return names;");
        code.Close();
        code.Line();
    }

    // For unions that have this one as a branch: whatever any of its own branches has may stand there.
    private static void EmitAddKnownMembers(CodeWriter code, IReadOnlyList<Member> members, string[] branchTypes)
    {
        code.Open("internal static void AddKnownMembers(global::System.Collections.Generic.List<string> names, global::QmpHost.Qapi.VersionProfile profile)");
        MemberEmitter.EmitKnown(code, members);
        foreach (string type in branchTypes)
        {
            code.Line($"{type}.AddKnownMembers(names, profile);");
        }

        code.Close();
        code.Line();
    }

    private void EmitWriteTo(CodeWriter code, UnionDefinition definition, IReadOnlyList<Member> members, string[] branchTypes)
    {
        code.Line("/// <inheritdoc/>");
        code.Open("public void WriteTo(global::QmpHost.Qapi.QapiWriter writer, global::QmpHost.Qapi.VersionProfile profile)");
        code.Line("writer.BeginObject();");
        code.Open("switch (Branch)");
        foreach (string type in branchTypes)
        {
            code.Line($"case {type} branch:");
            code.Line($"    Write{type}(writer, profile, branch);");
            code.Line("    break;");
        }

        code.Line("default:");
        code.Line("    WriteBase(writer, profile);");
        code.Line("    break;");
        code.Close();
        code.Line();
        code.Line("writer.EndObject();");
        code.Close();
        EmitWriteMembers(code, definition, members, null);
        foreach (string type in branchTypes)
        {
            EmitWriteMembers(code, definition, members, type);
        }
    }

    // The members of the base and of the branch stand among each other on the wire.
    private void EmitWriteMembers(CodeWriter code, UnionDefinition definition, IReadOnlyList<Member> members, string? branchType)
    {
        _number = 0;
        WrittenPart own = new(definition.Name, "this.", members);
        code.Line();
        if (branchType is null)
        {
            code.Open($"private void WriteBase({WriterParameters})");
            EmitWriteParts(code, [own]);
        }
        else if (index.Find(branchType) is UnionDefinition inner)
        {
            EmitWriteUnion(code, own, inner);
        }
        else
        {
            code.Open($"private void Write{branchType}({WriterParameters}, {branchType} branch)");
            EmitWriteParts(code, [own, new(branchType, "branch.", index.MembersOf(branchType))]);
        }

        code.Close();
    }

    // A branch that is a union itself brings its base and one of its branches.
    private void EmitWriteUnion(CodeWriter code, WrittenPart own, UnionDefinition inner)
    {
        WrittenPart middle = new(inner.Name, "branch.", index.BaseMembersOf(inner));
        code.Open($"private void Write{inner.Name}({WriterParameters}, {inner.Name} branch)");
        code.Open("switch (branch.Branch)");
        foreach (string type in inner.Branches.Select(b => b.Type.Name).Distinct())
        {
            code.Open($"case {type} inner:");
            EmitWriteParts(code, [own, middle, new(type, "inner.", index.MembersOf(type))]);
            code.Line("break;");
            code.Close();
        }

        code.Open("default:");
        EmitWriteParts(code, [own, middle]);
        code.Line("break;");
        code.Close();
        code.Close();
    }

    private void EmitWriteParts(CodeWriter code, WrittenPart[] parts)
    {
        var all = parts.SelectMany(part => part.Members.Select(member => (Member: member, part.Owner, Type: part.TypeName))).ToList();
        foreach ((Member member, string owner, string type) in MemberOrder.Sort(all, m => m.Member.Name))
        {
            _members.EmitWrite(code, owner, type, member, _number++);
        }
    }

    private sealed record WrittenPart(string TypeName, string Owner, IReadOnlyList<Member> Members);
}
