namespace QmpHost.Qapi.Generator.Model;

/// <summary>The kinds of errors in a schema; each is a diagnostic of its own.</summary>
internal enum SchemaErrorKind
{
    /// <summary>The text is not in the schema language.</summary>
    Syntax,

    /// <summary>An expression has keys or values that its kind does not have.</summary>
    Expression,

    /// <summary>A name is malformed, reserved, or becomes the same C# name as another.</summary>
    Name,

    /// <summary>Two definitions, members or values have one name.</summary>
    Duplicate,

    /// <summary>A type does not exist, or is not of the kind that is needed.</summary>
    Type,

    /// <summary>A union's discriminator or branches are wrong.</summary>
    Union,

    /// <summary>An alternate cannot be told apart by the JSON type.</summary>
    Alternate,

    /// <summary>A documentation comment names something that does not exist.</summary>
    Documentation,

    /// <summary>A file is not found, or no program includes it.</summary>
    Include,
}
