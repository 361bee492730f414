namespace QmpHost.Qapi.Json;

/// <summary>What a call of <see cref="JsonStreamParser"/> found in its input.</summary>
public enum JsonReadStatus
{
    /// <summary>All input was taken and nothing is complete: more is needed.</summary>
    NeedMore,

    /// <summary>A value is complete: <see cref="JsonStreamParser.Value"/>.</summary>
    Value,

    /// <summary>The input does not follow the syntax: <see cref="JsonStreamParser.Error"/>. Parsing goes on behind the error.</summary>
    Error,
}
