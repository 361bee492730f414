namespace QmpHost.Qapi.Generator.Model;

/// <summary>What every definition has.</summary>
internal abstract record Definition(string Name, SourcePlace Place)
{
    public Marks Marks { get; init; } = Marks.None;

    public EquatableArray<Feature> Features { get; init; }

    /// <summary>How older releases list it, or null.</summary>
    public FormerDefinition? Was { get; init; }

    public Documentation Documentation { get; init; } = Documentation.None;
}
