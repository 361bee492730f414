namespace QmpHost.Qapi;

/// <summary>The JSON types.</summary>
public enum QObjectKind
{
    /// <summary>JSON <c>null</c>.</summary>
    Null,

    /// <summary>An integer or floating point number.</summary>
    Number,

    /// <summary>A string.</summary>
    String,

    /// <summary>An object.</summary>
    Dict,

    /// <summary>An array.</summary>
    List,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Bool,
}
