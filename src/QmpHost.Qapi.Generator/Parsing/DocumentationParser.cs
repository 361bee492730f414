using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Parsing;

/// <summary>Reads the comment above a definition: <c># @Name: what it is</c>, then <c># @member: what that is</c>.</summary>
internal static class DocumentationParser
{
    public static Documentation Read(IReadOnlyList<Token> comment)
    {
        var sections = new List<Section>();
        foreach (Token line in comment)
        {
            string text = line.Text.TrimStart('#').Trim();
            int colon = text.IndexOf(':');
            if (text.StartsWith("@", StringComparison.Ordinal) && colon > 0 && !text.Substring(0, colon).Contains(' '))
            {
                sections.Add(new Section(text.Substring(1, colon - 1), line.Place));
                text = text.Substring(colon + 1).Trim();
            }

            if (text.Length > 0 && sections.Count > 0)
            {
                sections[sections.Count - 1].Lines.Add(text);
            }
        }

        return sections.Count == 0
            ? Documentation.None
            : new Documentation(sections[0].Name, sections[0].Place, sections[0].Text, sections.Skip(1).Select(s => s.ToMember()).ToEquatable());
    }

    public static string ReadHeader(IReadOnlyList<Token> comment) =>
        string.Join(" ", comment.Select(l => l.Text.TrimStart('#').Trim()).Where(l => l.Length > 0));

    private sealed class Section(string name, SourcePlace place)
    {
        public string Name => name;

        public SourcePlace Place => place;

        public List<string> Lines { get; } = [];

        public string Text => string.Join(" ", Lines);

        public MemberDocumentation ToMember() => new(name, Text, place);
    }
}
