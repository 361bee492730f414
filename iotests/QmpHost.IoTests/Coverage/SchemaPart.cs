namespace QmpHost.IoTests.Coverage;

/// <summary>What a part of the schema is.</summary>
internal enum PartKind
{
    /// <summary>A command.</summary>
    Command,

    /// <summary>An event.</summary>
    Event,

    /// <summary>A member of arguments.</summary>
    Option,

    /// <summary>A value of an enum.</summary>
    Value,
}

/// <summary>A part of the schema.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Owner">The type that has it; empty for commands and events.</param>
/// <param name="Name">Its name.</param>
internal readonly record struct SchemaPart(PartKind Kind, string Owner, string Name) : IComparable<SchemaPart>
{
    /// <summary>How lists of reasons name it.</summary>
    public string Key => Kind switch
    {
        PartKind.Option => $"{Owner}.{Name}",
        PartKind.Value => $"{Owner}={Name}",
        _ => Name,
    };

    /// <inheritdoc/>
    public int CompareTo(SchemaPart other)
    {
        int kind = Kind.CompareTo(other.Kind);
        return kind != 0 ? kind : string.CompareOrdinal(Key, other.Key);
    }
}
