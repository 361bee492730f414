namespace QmpHost.Qapi;

/// <summary>A feature of a command, type, member or value, and the releases that show it.</summary>
internal readonly record struct IntrospectionFeature(string Name)
{
    /// <summary>The releases that show the feature.</summary>
    public IntrospectionMarks Marks { get; init; }

    public static implicit operator IntrospectionFeature(string name) => new(name);
}
