namespace QmpHost.Qapi.Generator.Model;

/// <summary>A branch of a union (the name is the discriminator's value) or of an alternate.</summary>
internal sealed record Branch(string Name, TypeReference Type, Marks Marks, SourcePlace Place);
