namespace QmpHost.Hosting.CommandLine;

/// <summary>An option that a program knows.</summary>
/// <param name="Name">Its name without dashes.</param>
/// <param name="TakesValue">Whether a value follows.</param>
/// <param name="Letter">Its one-letter form, if it has one.</param>
/// <param name="IsOwn">Whether QEMU has no such option, so that it must not make abbreviations of others ambiguous.</param>
internal sealed record OptionSpecification(string Name, bool TakesValue, char? Letter = null, bool IsOwn = false);
