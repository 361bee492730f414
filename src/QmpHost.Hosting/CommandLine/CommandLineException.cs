namespace QmpHost.Hosting.CommandLine;

/// <summary>A command line is wrong: the program prints the message behind its name and ends with status 1.</summary>
/// <param name="message">The message.</param>
public sealed class CommandLineException(string message) : Exception(message)
{
    /// <summary>Whether the message stands alone, without the program's name before it.</summary>
    public bool IsBare { get; init; }

    /// <summary>Whether the C library's option parser would tell it, which names the program as it was called, folder and all.</summary>
    public bool IsOfOptionParser { get; init; }
}
