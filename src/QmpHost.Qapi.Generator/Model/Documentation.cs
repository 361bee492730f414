namespace QmpHost.Qapi.Generator.Model;

/// <summary>The comment above a definition: what it is, and what each member is.</summary>
internal sealed record Documentation(string Name, SourcePlace Place, string Summary, EquatableArray<MemberDocumentation> Members)
{
    public static Documentation None { get; } = new(string.Empty, SourcePlace.None, string.Empty, default);

    public string? Of(string member) => Members.FirstOrDefault(m => m.Name == member)?.Text;
}
