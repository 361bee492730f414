namespace QmpHost.Qapi.Generator.Model;

/// <summary>The definitions of one schema file, without places: equal as long as the meaning is.</summary>
internal sealed record Domain(string Name, string Documentation, EquatableArray<Definition> Definitions);
