using System.Text.RegularExpressions;
using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Linking;

/// <summary>How names of each kind are written, and which are reserved.</summary>
internal static class NameRules
{
    private static readonly Regex TypeName = new("^[A-Z][A-Za-z0-9]*$", RegexOptions.CultureInvariant);
    private static readonly Regex CommandName = new("^[a-z][a-z0-9_-]*$", RegexOptions.CultureInvariant);
    private static readonly Regex EventName = new("^[A-Z][A-Z0-9_]*$", RegexOptions.CultureInvariant);
    // The one exception that QEMU makes, too, is for abbreviations such as UUID.
    private static readonly Regex MemberName = new("^([a-z][a-z0-9_-]*|[A-Z]{2,})$", RegexOptions.CultureInvariant);
    private static readonly Regex ValueName = new("^[A-Za-z0-9][A-Za-z0-9._-]*$", RegexOptions.CultureInvariant);

    // The schema language keeps these for what its compilers generate.
    private static readonly string[] ReservedTypeSuffixes = ["List"];
    private static readonly string[] ReservedTypeNames = ["CommandTable", "SchemaTable"];

    public static void Check(Definition definition, List<SchemaError> errors)
    {
        (Regex rule, string form) = definition switch
        {
            CommandDefinition => (CommandName, "a command's name is in lower case, its words joined by '-' or '_'"),
            EventDefinition => (EventName, "an event's name is in upper case, its words joined by '_'"),
            _ => (TypeName, "a type's name is in camel case and starts with a capital"),
        };
        if (!rule.IsMatch(definition.Name))
        {
            Add($"'{definition.Name}': {form}");
        }
        else if (rule == TypeName && ReservedTypeSuffixes.FirstOrDefault(definition.Name.EndsWith) is { } suffix)
        {
            Add($"'{definition.Name}': names that end in '{suffix}' are reserved");
        }
        else if (ReservedTypeNames.Contains(definition.Name))
        {
            Add($"'{definition.Name}' is reserved");
        }

        void Add(string message) => errors.Add(new SchemaError(SchemaErrorKind.Name, message, definition.Place));
    }

    public static string? CheckMember(string name)
    {
        if (!MemberName.IsMatch(name))
        {
            return $"'{name}': a member's name is in lower case, its words joined by '-' or '_'";
        }

        return name == "u" || name.StartsWith("has-", StringComparison.Ordinal) || name.StartsWith("has_", StringComparison.Ordinal)
            ? $"'{name}' is reserved"
            : null;
    }

    public static string? CheckValue(string name) =>
        ValueName.IsMatch(name) ? null : $"'{name}': a value's name consists of letters, digits, '-', '_' and '.'";
}
