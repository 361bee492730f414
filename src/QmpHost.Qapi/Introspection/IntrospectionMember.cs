namespace QmpHost.Qapi;

/// <summary>A member, value, alternative or variant of an <see cref="IntrospectionEntry"/>.</summary>
internal sealed class IntrospectionMember(string name, string type)
{
    public string Name { get; } = name;

    /// <summary>The type's name, in brackets for a list of it; empty for the value of an enum.</summary>
    public string Type { get; } = type;

    public bool IsOptional { get; init; }

    public IntrospectionFeature[] Features { get; init; } = [];

    /// <summary>What the member is in older releases, or null.</summary>
    public FormerMember? Was { get; init; }

    /// <summary>The releases that have the member.</summary>
    public IntrospectionMarks Marks { get; init; }
}
