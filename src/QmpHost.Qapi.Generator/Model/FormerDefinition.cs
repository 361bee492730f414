namespace QmpHost.Qapi.Generator.Model;

/// <summary>How a definition was listed before a release: its members in another order, or a union as a struct.</summary>
internal sealed record FormerDefinition(Release Until, EquatableArray<string> Order, bool IsStruct);
