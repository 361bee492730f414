namespace QmpHost.Hosting.CommandLine;

/// <summary>An option as it stands on a command line.</summary>
/// <param name="Name">Its name without dashes.</param>
/// <param name="Value">Its value, or an empty string.</param>
/// <param name="Text">Option and value as given, which errors begin with.</param>
internal sealed record GivenOption(string Name, string Value, string Text);
