using QmpHost.Qapi.Generator.Linking;
using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Emit;

/// <summary>Emits the abstract record for a flat union, with the sealed ones of its branches, and the interface that marks their types.</summary>
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
        string[] branchTypes = [.. definition.Branches.Select(b => b.Type.Name).Distinct()];
        EmitMarker(code, definition);
        code.Summary(Docs.OfType(definition));
        code.Line($"/// <remarks>A record for each value of `{definition.Discriminator}`, and `{Names.UnknownBranch}` for those of later releases.</remarks>");
        IEnumerable<string> markers = index.UnionsWithBranch(definition.Name).Select(u => Names.BranchInterface(u.Name));
        code.Open($"public abstract record {definition.Name} : {string.Join(", ", ["global::QmpHost.Qapi.IQapiWritable", .. markers])}");
        EmitProperties(code, definition, members);
        EmitOf(code, definition, members);
        StructEmitter.EmitVisit(code, definition.Name);
        EmitVisitMembers(code, definition, members);
        EmitKnownMembers(code, members, branchTypes);
        EmitWriteTo(code, definition, members, branchTypes);
        new BranchEmitter(index, definition).Emit(code);
        code.Close();
        return code.ToString();
    }

    private static void EmitMarker(CodeWriter code, UnionDefinition definition)
    {
        code.Summary($"A branch of {definition.Name}.");
        code.Open($"public interface {Names.BranchInterface(definition.Name)} : global::QmpHost.Qapi.IQapiWritable");
        code.Close();
        code.Line();
    }

    private void EmitProperties(CodeWriter code, UnionDefinition definition, IReadOnlyList<Member> members)
    {
        string name = definition.Name;
        code.Open($"private {name}()");
        code.Close();
        code.Line();
        foreach (Member member in members)
        {
            string documentation = Docs.OfMember(index.DocumentationOf(definition, member.Name), member.Name, member.Marks);
            if (member.Name != definition.Discriminator)
            {
                MemberEmitter.EmitProperty(code, name, member, documentation);
                continue;
            }

            code.Summary(documentation);
            code.Line($"public abstract {MemberEmitter.CSharp(member)} {Names.Property(member.Name, name)} {{ get; }}");
            code.Line();
        }

        code.Summary($"What `{definition.Discriminator}` brings with it, for code that treats several values alike; null where that is nothing.");
        code.Line($"internal abstract {Names.BranchInterface(name)}? Branch {{ get; }}");
        code.Line();
    }

    // For where the discriminator is not known before: each value has a type of its own.
    private void EmitOf(CodeWriter code, UnionDefinition definition, IReadOnlyList<Member> members)
    {
        string name = definition.Name;
        Member discriminator = members.First(m => m.Name == definition.Discriminator);
        string given = Names.Parameter(discriminator.Name);
        Member[] others = [.. members.Where(m => m.Name != discriminator.Name).OrderBy(m => m.IsOptional)];
        string[] parameters =
        [
            $"{MemberEmitter.CSharp(discriminator)} {given}",
            $"{Names.BranchInterface(name)}? branch",
            .. others.Select(m => $"{MemberEmitter.CSharp(m)} {Names.Parameter(m.Name)}{(m.IsOptional ? " = null" : string.Empty)}"),
        ];
        string shared = string.Join(", ", others.Select(m => Names.Parameter(m.Name)));
        code.Summary($"Makes the record of a value of `{definition.Discriminator}`, whose branch is of the type that belongs to it.");
        code.Open($"internal static {name} Of({string.Join(", ", parameters)}) => {given} switch");
        foreach ((EnumValue value, Branch? branch) in index.CasesOf(definition))
        {
            string[] arguments = [.. branch is null ? [] : new[] { $"({TypeMap.CSharp(branch.Type)})branch!" }, .. others.Select(m => Names.Parameter(m.Name))];
            code.Line($"{MemberEmitter.CSharp(discriminator)}.{Names.EnumValue(value.Name)} => {Names.EnumValue(value.Name)}.From({string.Join(", ", arguments)}),");
        }

        code.Line($"_ => {Names.UnknownBranch}.From({shared}),");
        code.Close(";");
        code.Line();
    }

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
        code.Open($"{Names.BranchInterface(name)}? branch = base{at} switch");
        foreach (Branch branch in definition.Branches)
        {
            code.Line($"{MemberEmitter.CSharp(discriminator)}.{Names.EnumValue(branch.Name)} => {TypeMap.CSharp(branch.Type)}.VisitMembers(visitor, dict, ref seen),");
        }

        code.Line("_ => null,");
        code.Close(";");
        string others = string.Concat(Enumerable.Range(0, members.Count).Where(i => i != at).Select(i => $", {Names.Parameter(members[i].Name)}: base{i}"));
        code.Line($"return Of(base{at}, branch{others});");
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
            code.Line($"case {TypeMap.Qualified(type)}:");
            code.Line($"    {TypeMap.Qualified(type)}.AddKnownMembers(names, profile);");
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
            code.Line($"{TypeMap.Qualified(type)}.AddKnownMembers(names, profile);");
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
            code.Line($"case {TypeMap.Qualified(type)} branch:");
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
            code.Open($"private void Write{branchType}({WriterParameters}, {TypeMap.Qualified(branchType)} branch)");
            EmitWriteParts(code, [own, new(branchType, "branch.", index.MembersOf(branchType))]);
        }

        code.Close();
    }

    // A branch that is a union itself brings its base and one of its branches.
    private void EmitWriteUnion(CodeWriter code, WrittenPart own, UnionDefinition inner)
    {
        WrittenPart middle = new(inner.Name, "branch.", index.BaseMembersOf(inner));
        code.Open($"private void Write{inner.Name}({WriterParameters}, {TypeMap.Qualified(inner.Name)} branch)");
        code.Open("switch (branch.Branch)");
        foreach (string type in inner.Branches.Select(b => b.Type.Name).Distinct())
        {
            code.Open($"case {TypeMap.Qualified(type)} inner:");
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
