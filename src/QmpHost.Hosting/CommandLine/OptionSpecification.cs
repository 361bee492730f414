namespace QmpHost.Hosting.CommandLine;

/// <summary>An option that a program knows.</summary>
/// <param name="Name">Its name without dashes.</param>
/// <param name="TakesValue">Whether a value follows.</param>
/// <param name="Letter">Its one-letter form, if it has one.</param>
internal sealed record OptionSpecification(string Name, bool TakesValue, char? Letter = null);
