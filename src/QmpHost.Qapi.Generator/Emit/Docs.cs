using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Emit;

/// <summary>Documentation of generated members, taken from the schema's comments.</summary>
internal static class Docs
{
    public static string OfType(Definition definition)
    {
        string text = definition.Documentation.Summary;
        return Join(text.Length > 0 ? Capital(text) : $"`{definition.Name}` of the schema.", definition.Marks);
    }

    public static string OfMember(Definition definition, string member, Marks marks)
    {
        string? text = definition.Documentation.Of(member);
        return Join(text is null or "" ? $"`{member}`." : $"`{member}`: {text}", marks);
    }

    private static string Join(string text, Marks marks)
    {
        string end = text.EndsWith(".", StringComparison.Ordinal) ? text : text + ".";
        end += marks.Since is { } since ? $" Since {since.Major}.{since.Minor}." : string.Empty;
        return end + (marks.Removed is { } removed ? $" Removed in {removed.Major}.{removed.Minor}." : string.Empty);
    }

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text.Substring(1);
}
