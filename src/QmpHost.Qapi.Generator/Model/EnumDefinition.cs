namespace QmpHost.Qapi.Generator.Model;

internal sealed record EnumDefinition(string Name, SourcePlace Place, EquatableArray<EnumValue> Values) : Definition(Name, Place);
