namespace QmpHost.Hosting.CommandLine;

/// <summary>A command line asks for help on an option: the program prints the text on standard output and ends.</summary>
/// <param name="lines">The text.</param>
/// <param name="status">The exit status, which is not 0 where QEMU takes the answer for a failure.</param>
internal sealed class HelpRequestedException(IEnumerable<string> lines, int status = 0) : Exception
{
    /// <summary>The text, with a line end behind each line.</summary>
    public string Text { get; } = string.Concat(lines.Select(static line => line + "\n"));

    /// <summary>The exit status.</summary>
    public int Status { get; } = status;
}
