using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Emit;

/// <summary>Emits an enum and the class that turns its values into wire names and back.</summary>
internal static class EnumEmitter
{
    public static string Emit(EnumDefinition definition)
    {
        var code = new CodeWriter();
        code.Summary(Docs.OfType(definition));
        code.Open($"public enum {definition.Name}");
        foreach (EnumValue value in definition.Values)
        {
            code.Summary(Docs.OfMember(definition, value.Name, value.Marks));
            code.Line(Names.EnumValue(value.Name) + ",");
        }

        code.Close();
        code.Line();
        code.Summary($"The wire names of {definition.Name}.");
        code.Open($"public static class {definition.Name}Enum");
        EmitToWire(code, definition);
        EmitToToken(code, definition);
        EmitTryParse(code, definition);
        EmitVisit(code, definition);
        code.Close();
        return code.ToString();
    }

    private static void EmitToWire(CodeWriter code, EnumDefinition definition)
    {
        code.Summary("The name of a value on the wire.");
        code.Open($"public static string ToWire(this {definition.Name} value) => value switch");
        foreach (EnumValue value in definition.Values)
        {
            code.Line($"{definition.Name}.{Names.EnumValue(value.Name)} => {Names.Quote(value.Name)},");
        }

        code.Line("_ => throw new global::System.ArgumentOutOfRangeException(nameof(value)),");
        code.Close(";");
        code.Line();
    }

    private static void EmitToToken(CodeWriter code, EnumDefinition definition)
    {
        code.Open($"internal static global::System.ReadOnlySpan<byte> ToToken(this {definition.Name} value) => value switch");
        foreach (EnumValue value in definition.Values)
        {
            code.Line($"{definition.Name}.{Names.EnumValue(value.Name)} => {Names.Quote("\"" + value.Name + "\"")}u8,");
        }

        code.Line("_ => throw new global::System.ArgumentOutOfRangeException(nameof(value)),");
        code.Close(";");
        code.Line();
    }

    private static void EmitTryParse(CodeWriter code, EnumDefinition definition)
    {
        code.Summary("Finds the value of a wire name. False if no release knows it.");
        code.Open($"public static bool TryParse(string? text, out {definition.Name} value)");
        code.Open("switch (text)");
        foreach (EnumValue value in definition.Values)
        {
            code.Line($"case {Names.Quote(value.Name)}:");
            code.Line($"    value = {definition.Name}.{Names.EnumValue(value.Name)};");
            code.Line("    return true;");
        }

        code.Line("default:");
        code.Line("    value = default;");
        code.Line("    return false;");
        code.Close();
        code.Close();
        code.Line();
    }

    private static void EmitVisit(CodeWriter code, EnumDefinition definition)
    {
        string enumName = definition.Name;
        code.Summary("Reads a value, with QEMU's errors for anything else.");
        code.Open($"public static {enumName} Visit(global::QmpHost.Qapi.QapiInputVisitor visitor, string? name, global::QmpHost.Qapi.QObject value)");
        code.Line("string text = visitor.VisitEnumText(name, value);");
        code.Line($"return TryParse(text, out {enumName} result){VisitGuard(definition)} ? result : visitor.IsLenient ? ({enumName})(-1) : throw visitor.DoesNotAccept(name, text);");
        code.Close();
        if (definition.Values.Any(v => ProfileTest.Condition(v.Marks, "profile") is not null))
        {
            code.Line();
            code.Summary("Whether a release has a value.");
            code.Open($"public static bool ExistsIn(this {enumName} value, global::QmpHost.Qapi.VersionProfile profile) => value switch");
            foreach (EnumValue value in definition.Values)
            {
                if (ProfileTest.Condition(value.Marks, "profile") is { } condition)
                {
                    code.Line($"{enumName}.{Names.EnumValue(value.Name)} => {condition},");
                }
            }

            code.Line("_ => true,");
            code.Close(";");
        }
    }

    private static string VisitGuard(EnumDefinition definition) =>
        definition.Values.Any(v => ProfileTest.Condition(v.Marks, "profile") is not null) ? " && (visitor.IsLenient || result.ExistsIn(visitor.Profile))" : string.Empty;
}
