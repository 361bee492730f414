namespace QmpHost.Hosting.CommandLine;

/// <summary>A command line is wrong: the program prints the message behind its name and ends with status 1.</summary>
/// <param name="message">The message.</param>
internal sealed class CommandLineException(string message) : Exception(message);
