namespace QmpHost.Qapi.Generator.Model;

/// <summary>A use of a type: its name, or a list of it.</summary>
internal sealed record TypeReference(string Name, bool IsList, SourcePlace Place);
