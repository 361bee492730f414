namespace QmpHost.Qapi.Json;

/// <summary>Where the lexer stands between two bytes.</summary>
internal enum JsonLexerState
{
    /// <summary>Between tokens.</summary>
    Start,

    /// <summary>Behind an error: bytes are skipped until one that can start afresh.</summary>
    Recovery,

    /// <summary>In a string with double quotes.</summary>
    DoubleQuoted,

    /// <summary>Behind a backslash in a string with double quotes.</summary>
    DoubleQuotedEscape,

    /// <summary>In a string with single quotes.</summary>
    SingleQuoted,

    /// <summary>Behind a backslash in a string with single quotes.</summary>
    SingleQuotedEscape,

    /// <summary>Behind the sign of a number.</summary>
    Sign,

    /// <summary>Behind a leading zero.</summary>
    Zero,

    /// <summary>In the digits before the point.</summary>
    Digits,

    /// <summary>Behind the point.</summary>
    Point,

    /// <summary>In the digits behind the point.</summary>
    Fraction,

    /// <summary>Behind the letter of the exponent.</summary>
    Exponent,

    /// <summary>Behind the sign of the exponent.</summary>
    ExponentSign,

    /// <summary>In the digits of the exponent.</summary>
    ExponentDigits,

    /// <summary>In a run of small letters.</summary>
    Keyword,
}
