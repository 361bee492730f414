namespace QmpHost.Machine.Qom;

/// <summary>The list of a class's properties that a command line prints when it is asked for help on the class.</summary>
internal static class PropertyHelp
{
    private const int NameWidth = 24;

    /// <summary>Lists properties.</summary>
    /// <param name="qomClass">The class.</param>
    /// <param name="properties">What can be given when an object of it is made.</param>
    /// <returns>A title, then a line for each property.</returns>
    public static IEnumerable<string> List(QomClass qomClass, IEnumerable<QomProperty> properties)
        => properties.Select(Line).Order(StringComparer.Ordinal).Prepend($"{qomClass.Name} options:");

    private static string Line(QomProperty property)
    {
        string line = $"  {property.Name}=<{property.Type}>";
        if (property.Description is null && property.DefaultValue is null)
        {
            return line;
        }

        string value = property.DefaultValue is { } given ? $" (default: {given})" : string.Empty;
        return $"{line.PadRight(NameWidth)} - {property.Description}{value}";
    }
}
