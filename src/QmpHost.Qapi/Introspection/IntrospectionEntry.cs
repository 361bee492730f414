using QmpHost.Qapi.Schema;

namespace QmpHost.Qapi;

/// <summary>A command, event or type of the schema as introspection describes it, before names are masked.</summary>
internal sealed class IntrospectionEntry(string name, SchemaMetaType kind)
{
    public string Name { get; } = name;

    public SchemaMetaType Kind { get; } = kind;

    /// <summary>The releases that have the entry.</summary>
    public IntrospectionMarks Marks { get; init; }

    public IntrospectionFeature[] Features { get; init; } = [];

    /// <summary>The members of an object, the values of an enum, or the alternatives of an alternate.</summary>
    public IntrospectionMember[] Members { get; init; } = [];

    /// <summary>The member that chooses the variant, or null.</summary>
    public string? Tag { get; init; }

    /// <summary>The variants of an object: the tag's value and the type.</summary>
    public IntrospectionMember[] Variants { get; init; } = [];

    /// <summary>The type of the arguments of a command or of the data of an event.</summary>
    public string Arguments { get; init; } = IntrospectionBuilder.EmptyObject;

    /// <summary>The type of a command's result.</summary>
    public string Returns { get; init; } = IntrospectionBuilder.EmptyObject;

    /// <summary>How older releases list the entry, or null.</summary>
    public FormerListing? Was { get; init; }

    public bool AllowOob { get; init; }
}
