namespace QmpHost.Qapi.Generator.Model;

/// <summary>A feature of a definition, member or value, and the releases that show it.</summary>
internal sealed record Feature(string Name, Marks Marks);
