using QmpHost.Qapi.Generator.Linking;
using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Emit;

/// <summary>Emits the record for an alternate: one nullable property for each alternative, exactly one of them set.</summary>
internal sealed class AlternateEmitter(SchemaIndex index, TypeMap types)
{
    public string Emit(AlternateDefinition definition)
    {
        var code = new CodeWriter();
        string name = definition.Name;
        code.Summary(Docs.OfType(definition));
        code.Open($"public sealed record {name} : global::QmpHost.Qapi.IQapiWritable");
        code.Open($"private {name}()");
        code.Close();
        code.Line();
        foreach (Branch branch in definition.Branches)
        {
            string type = TypeMap.CSharp(branch.Type);
            string property = Names.Property(branch.Name, name);
            code.Summary(Docs.OfMember(definition, branch.Name, branch.Marks) + " Null if another alternative is set.");
            code.Line($"public {type}? {property} {{ get; private init; }}");
            code.Line();
            code.Summary($"Makes a value with alternative `{branch.Name}`.");
            code.Line($"public static {name} From{Names.Pascal(branch.Name)}({type} value) => new() {{ {property} = value }};");
            code.Line();
        }

        EmitConversions(code, definition);

        EmitVisit(code, definition);
        EmitWriteTo(code, definition);
        code.Close();
        return code.ToString();
    }

    // Not from lists, which C# knows by an interface, and not where two alternatives have one type.
    private static void EmitConversions(CodeWriter code, AlternateDefinition definition)
    {
        foreach (IGrouping<string, Branch> type in definition.Branches.Where(b => !b.Type.IsList).GroupBy(b => TypeMap.CSharp(b.Type)))
        {
            if (type.Count() == 1)
            {
                code.Summary($"The value with alternative `{type.Single().Name}`.");
                code.Line($"public static implicit operator {definition.Name}({type.Key} value) => From{Names.Pascal(type.Single().Name)}(value);");
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
            string from = $"From{Names.Pascal(branch.Name)}({types.VisitExpression(branch.Type, "name", "value")})";
            code.Line($"global::QmpHost.Qapi.QObjectKind.{KindOf(branch.Type)} => {from},");
        }

        code.Line($"_ => throw visitor.WrongAlternative(name, {Names.Quote(definition.Name)}),");
        code.Close(";");
        code.Line();
    }

    private void EmitWriteTo(CodeWriter code, AlternateDefinition definition)
    {
        code.Line("/// <inheritdoc/>");
        code.Open("public void WriteTo(global::QmpHost.Qapi.QapiWriter writer, global::QmpHost.Qapi.VersionProfile profile)");
        int number = 0;
        foreach (Branch branch in definition.Branches)
        {
            string local = "value" + number++;
            code.Open($"if (this.{Names.Property(branch.Name, definition.Name)} is {{ }} {local})");
            types.EmitWrite(code, branch.Type, local);
            code.Close();
            code.Line();
        }

        code.Close();
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
