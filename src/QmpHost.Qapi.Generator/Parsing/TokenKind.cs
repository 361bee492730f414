namespace QmpHost.Qapi.Generator.Parsing;

internal enum TokenKind
{
    BeginObject,
    EndObject,
    BeginList,
    EndList,
    Colon,
    Comma,
    Text,
    True,
    False,
    Comment,
    End,
}
