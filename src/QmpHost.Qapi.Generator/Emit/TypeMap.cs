using QmpHost.Qapi.Generator.Linking;
using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Emit;

/// <summary>How types of the schema look, are visited and are written in C#.</summary>
internal sealed class TypeMap(SchemaIndex index)
{
    public static string CSharp(TypeReference type) => type.IsList
        ? $"global::System.Collections.Generic.IReadOnlyList<{CSharp(type.Name)}>"
        : CSharp(type.Name);

    public static string CSharp(string name) => BuiltinType.Find(name)?.CSharp ?? Qualified(name);

    /// <summary>The full name: a branch of a union, which is a type within it, may be called like another type.</summary>
    public static string Qualified(string name) => "global::QmpHost.Qapi.Schema." + name;

    public string VisitExpression(TypeReference type, string name, string value) => type.IsList
        ? $"visitor.VisitList({name}, {value}, static (visitor, name, value) => {VisitExpression(type.Name, "name", "value")})"
        : VisitExpression(type.Name, name, value);

    public bool IsEnum(string name) => index.Find(name) is EnumDefinition;

    public void EmitWrite(CodeWriter code, TypeReference type, string value)
    {
        foreach (string line in WriteStatements(type, value))
        {
            code.Line(line);
        }
    }

    public IEnumerable<string> WriteStatements(TypeReference type, string value) => type.IsList
        ?
        [
            "writer.BeginList();",
            $"for (int i = 0; i < {value}.Count; i++) {{ {WriteStatement(type.Name, value + "[i]")} }}",
            "writer.EndList();",
        ]
        : [WriteStatement(type.Name, value)];

    private string VisitExpression(string type, string name, string value) => (BuiltinType.Find(type), index.Find(type)) switch
    {
        ({ } builtin, _) => $"visitor.{builtin.Visit}({name}, {value})",
        (_, EnumDefinition) => $"{Qualified(type)}Enum.Visit(visitor, {name}, {value})",
        _ => $"{Qualified(type)}.Visit(visitor, {name}, {value})",
    };

    private string WriteStatement(string type, string value) => (BuiltinType.Find(type), index.Find(type)) switch
    {
        ({ } builtin, _) => $"writer.{builtin.Write}({value});",
        (_, EnumDefinition) => $"writer.WriteStringToken({value}.ToToken());",
        _ => $"{value}.WriteTo(writer, profile);",
    };
}
