namespace QmpHost.Qapi.Json;

/// <summary>The tokens of the dialect.</summary>
internal enum JsonTokenKind
{
    /// <summary>No token is complete yet.</summary>
    None,

    /// <summary>A brace that opens an object.</summary>
    LeftBrace,

    /// <summary>A brace that closes an object.</summary>
    RightBrace,

    /// <summary>A bracket that opens an array.</summary>
    LeftBracket,

    /// <summary>A bracket that closes an array.</summary>
    RightBracket,

    /// <summary>A colon.</summary>
    Colon,

    /// <summary>A comma.</summary>
    Comma,

    /// <summary>A number without fraction and exponent.</summary>
    Integer,

    /// <summary>A number with a fraction or an exponent.</summary>
    Float,

    /// <summary>Small letters: one of the three literals, or a mistake.</summary>
    Keyword,

    /// <summary>A string with its quotes, still escaped.</summary>
    String,

    /// <summary>Bytes that start no token, the offending byte last.</summary>
    Stray,

    /// <summary>The beginning of a token that is longer than a whole value may be.</summary>
    Oversized,
}
