namespace QmpHost.Qapi.Generator.Model;

/// <summary>A value of an enum.</summary>
internal sealed record EnumValue(string Name, Marks Marks, EquatableArray<Feature> Features, SourcePlace Place);
