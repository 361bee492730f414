namespace QmpHost.Qapi.Generator.Model;

/// <summary>The part of a comment that is about one member, value or feature.</summary>
internal sealed record MemberDocumentation(string Name, string Text, SourcePlace Place);
