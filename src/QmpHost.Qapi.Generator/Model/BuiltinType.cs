namespace QmpHost.Qapi.Generator.Model;

/// <summary>A type of the schema language itself: how it looks in C#, which visitor and writer it has, and which JSON type it is.</summary>
internal sealed record BuiltinType(string Name, string CSharp, bool IsValue, string Visit, string Write, string Json)
{
    private static readonly Dictionary<string, BuiltinType> ByName = new[]
    {
        new BuiltinType("str", "string", false, "VisitString", "WriteString", "string"),
        new BuiltinType("number", "double", true, "VisitNumber", "WriteNumber", "number"),
        new BuiltinType("int", "long", true, "VisitInt64", "WriteInteger", "int"),
        new BuiltinType("int8", "sbyte", true, "VisitInt8", "WriteInteger", "int"),
        new BuiltinType("int16", "short", true, "VisitInt16", "WriteInteger", "int"),
        new BuiltinType("int32", "int", true, "VisitInt32", "WriteInteger", "int"),
        new BuiltinType("int64", "long", true, "VisitInt64", "WriteInteger", "int"),
        new BuiltinType("uint8", "byte", true, "VisitUInt8", "WriteUnsigned", "int"),
        new BuiltinType("uint16", "ushort", true, "VisitUInt16", "WriteUnsigned", "int"),
        new BuiltinType("uint32", "uint", true, "VisitUInt32", "WriteUnsigned", "int"),
        new BuiltinType("uint64", "ulong", true, "VisitUInt64", "WriteUnsigned", "int"),
        new BuiltinType("size", "ulong", true, "VisitSize", "WriteUnsigned", "int"),
        new BuiltinType("bool", "bool", true, "VisitBool", "WriteBool", "boolean"),
        new BuiltinType("null", "global::QmpHost.Qapi.QNull", false, "VisitNull", "WriteObject", "null"),
        new BuiltinType("any", "global::QmpHost.Qapi.QObject", false, "VisitAny", "WriteObject", "value"),
    }.ToDictionary(t => t.Name);

    public static BuiltinType? Find(string name) => ByName.TryGetValue(name, out BuiltinType? type) ? type : null;
}
