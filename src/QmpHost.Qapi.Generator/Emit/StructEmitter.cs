using QmpHost.Qapi.Generator.Linking;
using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Emit;

/// <summary>Emits the record for a struct, for arguments given in place, and for an event.</summary>
internal sealed class StructEmitter(SchemaIndex index, TypeMap types)
{
    private readonly MemberEmitter _members = new(types);

    public string EmitStruct(StructDefinition definition)
    {
        IEnumerable<string> markers = index.UnionsWithBranch(definition.Name).Select(u => Names.BranchInterface(u.Name));
        string bases = string.Join(", ", ["global::QmpHost.Qapi.IQapiWritable", .. markers]);
        return Emit(definition, definition.Name, index.MembersOf(definition.Name), bases, null);
    }

    public string EmitArguments(CommandDefinition definition)
    {
        string name = Names.Arguments(definition.Name);
        return Emit(definition, name, definition.Members, "global::QmpHost.Qapi.IQapiWritable", $"The arguments of `{definition.Name}`.");
    }

    public string EmitEvent(EventDefinition definition)
    {
        string name = Names.Event(definition.Name);
        return Emit(definition, name, index.DataMembersOf(definition.Data, definition.Members), "global::QmpHost.Qapi.QapiEvent", null);
    }

    private string Emit(Definition definition, string name, IReadOnlyList<Member> members, string bases, string? summary)
    {
        var code = new CodeWriter();
        code.Summary(summary ?? Docs.OfType(definition));
        code.Open($"public sealed record {name} : {bases}");
        if (definition is EventDefinition qapiEvent)
        {
            EmitEventProperties(code, qapiEvent, members.Count > 0);
        }

        foreach (Member member in members)
        {
            MemberEmitter.EmitProperty(code, name, member, Docs.OfMember(index.DocumentationOf(definition, member.Name), member.Name, member.Marks));
        }

        EmitVisit(code, name);
        EmitVisitMembers(code, name, members);
        code.Open("internal static void AddKnownMembers(global::System.Collections.Generic.List<string> names, global::QmpHost.Qapi.VersionProfile profile)");
        MemberEmitter.EmitKnown(code, members);
        code.Close();
        code.Line();
        EmitWriteTo(code, definition is EventDefinition, name, members);
        code.Close();
        return code.ToString();
    }

    private static void EmitEventProperties(CodeWriter code, EventDefinition definition, bool hasData)
    {
        code.Line("/// <inheritdoc/>");
        code.Line($"public override string Name => {Names.Quote(definition.Name)};");
        code.Line();
        code.Line("/// <inheritdoc/>");
        code.Line($"public override global::QmpHost.Qapi.QemuRelease Since => {ProfileTest.Initializer(definition.Marks.Since)};");
        code.Line();
        code.Line("/// <inheritdoc/>");
        code.Line($"public override bool HasData => {(hasData ? "true" : "false")};");
        code.Line();
    }

    internal static void EmitVisit(CodeWriter code, string name)
    {
        code.Summary("Reads a value, with QEMU's errors in QEMU's order.");
        code.Open($"public static {name} Visit(global::QmpHost.Qapi.QapiInputVisitor visitor, string? name, global::QmpHost.Qapi.QObject value)");
        code.Line("global::QmpHost.Qapi.QDict dict = visitor.BeginStruct(name, value);");
        code.Line("int seen = 0;");
        code.Line($"{name} result = VisitMembers(visitor, dict, ref seen);");
        code.Open("if (seen != dict.Count && !visitor.IsLenient)");
        code.Line("throw visitor.Unexpected(dict, result.KnownMembers(visitor.Profile));");
        code.Close();
        code.Line();
        code.Line("visitor.EndStruct();");
        code.Line("return result;");
        code.Close();
        code.Line();
    }

    private void EmitVisitMembers(CodeWriter code, string name, IReadOnlyList<Member> members)
    {
        code.Open($"internal static {name} VisitMembers(global::QmpHost.Qapi.QapiInputVisitor visitor, global::QmpHost.Qapi.QDict dict, ref int seen)");
        code.Line($"return new {name}");
        code.Open();
        for (int i = 0; i < members.Count; i++)
        {
            code.Line($"{Names.Property(members[i].Name, name)} = {_members.VisitExpression(members[i], i)},");
        }

        code.Close(";");
        code.Close();
        code.Line();
        code.Open("private global::System.Collections.Generic.List<string> KnownMembers(global::QmpHost.Qapi.VersionProfile profile)");
        code.Line("var names = new global::System.Collections.Generic.List<string>();");
        code.Line("AddKnownMembers(names, profile);");
        code.Line("return names;");
        code.Close();
        code.Line();
    }

    private void EmitWriteTo(CodeWriter code, bool isOverride, string name, IReadOnlyList<Member> members)
    {
        code.Line("/// <inheritdoc/>");
        code.Open($"public {(isOverride ? "override " : string.Empty)}void WriteTo(global::QmpHost.Qapi.QapiWriter writer, global::QmpHost.Qapi.VersionProfile profile)");
        code.Line("writer.BeginObject();");
        int number = 0;
        foreach (Member member in MemberOrder.Sort(members, m => m.Name))
        {
            _members.EmitWrite(code, "this.", name, member, number++);
        }

        code.Line("writer.EndObject();");
        code.Close();
    }
}
