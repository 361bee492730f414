using QmpHost.Qapi.Generator.Linking;
using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Emit;

/// <summary>Emits the abstract record for an alternate, with a sealed one for each alternative.</summary>
internal sealed class AlternateEmitter(SchemaIndex index, TypeMap types)
{
    public string Emit(AlternateDefinition definition)
    {
        var code = new CodeWriter();
        string name = definition.Name;
        code.Summary(Docs.OfType(definition));
        code.Open($"public abstract record {name} : global::QmpHost.Qapi.IQapiWritable");
        code.Open($"private {name}()");
        code.Close();
        code.Line();
        EmitConversions(code, definition);
        EmitVisit(code, definition);
        code.Line("/// <inheritdoc/>");
        code.Line("public abstract void WriteTo(global::QmpHost.Qapi.QapiWriter writer, global::QmpHost.Qapi.VersionProfile profile);");
        foreach (Branch branch in definition.Branches)
        {
            EmitAlternative(code, definition, branch);
        }

        code.Close();
        return code.ToString();
    }

    private void EmitAlternative(CodeWriter code, AlternateDefinition definition, Branch branch)
    {
        code.Line();
        code.Summary(Docs.OfMember(definition, branch.Name, branch.Marks));
        string value = IsNull(branch) ? string.Empty : $"({TypeMap.CSharp(branch.Type)} Value)";
        if (value.Length > 0)
        {
            code.Line("/// <param name=\"Value\">What it is.</param>");
        }

        code.Open($"public sealed record {NameOf(branch)}{value} : {definition.Name}");
        code.Line("/// <inheritdoc/>");
        code.Open("public override void WriteTo(global::QmpHost.Qapi.QapiWriter writer, global::QmpHost.Qapi.VersionProfile profile)");
        types.EmitWrite(code, branch.Type, IsNull(branch) ? "global::QmpHost.Qapi.QNull.Instance" : "Value");
        code.Close();
        code.Close();
    }

    // What is named by one letter is known by its type.
    private static string NameOf(Branch branch) => Names.Pascal(branch.Name.Length == 1 ? branch.Type.Name : branch.Name);

    // JSON's null says nothing but that it is there.
    private static bool IsNull(Branch branch) => branch.Type is { Name: "null", IsList: false };

    // Not from lists, which C# knows by an interface, and not where two alternatives have one type.
    private static void EmitConversions(CodeWriter code, AlternateDefinition definition)
    {
        foreach (IGrouping<string, Branch> type in definition.Branches.Where(b => !b.Type.IsList && !IsNull(b)).GroupBy(b => TypeMap.CSharp(b.Type)))
        {
            if (type.Count() == 1)
            {
                code.Summary($"The value with alternative `{type.Single().Name}`.");
                code.Line($"public static implicit operator {definition.Name}({type.Key} value) => new {NameOf(type.Single())}(value);");
                code.Line();
            }
        }
    }

    private void EmitVisit(CodeWriter code, AlternateDefinition definition)
    {
        code.Summary("Reads a value; its JSON type decides which alternative it is.");
        code.Open($"public static {definition.Name} Visit(global::QmpHost.Qapi.QapiInputVisitor visitor, string? name, global::QmpHost.Qapi.QObject value) => value.Kind switch");
        foreach (Branch branch in definition.Branches)
        {
            string from = IsNull(branch) ? string.Empty : types.VisitExpression(branch.Type, "name", "value");
            code.Line($"global::QmpHost.Qapi.QObjectKind.{KindOf(branch.Type)} => new {NameOf(branch)}({from}),");
        }

        code.Line($"_ => throw visitor.WrongAlternative(name, {Names.Quote(definition.Name)}),");
        code.Close(";");
        code.Line();
    }

    private string KindOf(TypeReference type) => type.IsList ? "List" : index.Find(type.Name) switch
    {
        EnumDefinition => "String",
        StructDefinition or UnionDefinition => "Dict",
        _ => BuiltinType.Find(type.Name)!.Json switch
        {
            "string" => "String",
            "boolean" => "Bool",
            "null" => "Null",
            _ => "Number",
        },
    };
}
