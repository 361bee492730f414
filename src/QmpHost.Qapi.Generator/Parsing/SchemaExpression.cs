namespace QmpHost.Qapi.Generator.Parsing;

/// <summary>A top-level expression with the comment that stands right above it.</summary>
internal sealed class SchemaExpression(ObjectNode value, IReadOnlyList<Token> comment)
{
    public ObjectNode Value { get; } = value;

    public IReadOnlyList<Token> Comment { get; } = comment;
}
