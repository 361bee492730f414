using System.Text;
using Microsoft.CodeAnalysis.CSharp;

namespace QmpHost.Qapi.Generator.Emit;

/// <summary>How names of the schema become names of C#.</summary>
internal static class Names
{
    private static readonly char[] Separators = ['-', '_', '.'];

    public static string Pascal(string name)
    {
        var result = new StringBuilder();
        foreach (string word in name.Split(Separators, StringSplitOptions.RemoveEmptyEntries))
        {
            string rest = word.Substring(1);
            result.Append(char.ToUpperInvariant(word[0])).Append(IsShouting(name) ? rest.ToLowerInvariant() : rest);
        }

        return result.ToString();
    }

    /// <summary>The property for a member; a property cannot be called as its type is.</summary>
    public static string Property(string member, string type)
    {
        string name = Pascal(member);
        return name == type ? name + "Value" : name;
    }

    public static string EnumValue(string value)
    {
        if (!char.IsDigit(value[0]))
        {
            return Pascal(value);
        }

        // Between digits a point counts: 0.10 and 01.0 are different versions.
        return "V" + string.Join("_", value.Split('.').Select(Pascal));
    }

    public static string Parameter(string name)
    {
        string pascal = Pascal(name);
        string camel = char.ToLowerInvariant(pascal[0]) + pascal.Substring(1);
        return SyntaxFacts.GetKeywordKind(camel) != SyntaxKind.None ? "@" + camel : camel;
    }

    public static string Field(string name) => "_" + Parameter(name).TrimStart('@');

    public static string Method(string command) => Pascal(command) + "Async";

    public static string Arguments(string command) => Pascal(command) + "Arguments";

    public static string Event(string name) => Pascal(name) + "Event";

    public static string CommandInterface(string domain) => "I" + Pascal(domain) + "Commands";

    public static string BranchInterface(string union) => "I" + union + "Branch";

    /// <summary>The branch of a union that later releases have.</summary>
    public const string UnknownBranch = "Unknown";

    public static string Quote(string text) => SymbolDisplay.FormatLiteral(text, quote: true);

    private static bool IsShouting(string name) => name.Length > 1 && name.All(c => !char.IsLower(c)) && name.Any(char.IsLetter);
}
