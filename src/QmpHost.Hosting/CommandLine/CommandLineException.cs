namespace QmpHost.Hosting.CommandLine;

/// <summary>A command line is wrong: the program prints the message behind its name and ends with status 1.</summary>
/// <param name="message">The message.</param>
public sealed class CommandLineException(string message) : Exception(message)
{
    private readonly string? _reason;

    /// <summary>Makes the error of an option, which its message begins with.</summary>
    /// <param name="option">The option.</param>
    /// <param name="reason">What is wrong with it.</param>
    /// <param name="consequence">What is told besides, from the end of the reason on.</param>
    internal CommandLineException(GivenOption option, string reason, string consequence = "")
        : this($"{option.Text}: {reason}{consequence}") => _reason = reason;

    /// <summary>What is wrong, without the option and without what follows from it.</summary>
    public string Reason => _reason ?? Message;

    /// <summary>Whether the message stands alone, without the program's name before it.</summary>
    public bool IsBare { get; init; }

    /// <summary>Whether the C library's option parser would tell it, which names the program as it was called, folder and all.</summary>
    public bool IsOfOptionParser { get; init; }
}
