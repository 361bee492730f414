using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Parsing;

internal readonly record struct Token(TokenKind Kind, string Text, SourcePlace Place);
