namespace QmpHost.Sessions;

/// <summary>One line of a session file.</summary>
/// <param name="Line">Line number in the file, from 1.</param>
/// <param name="Directive">The directive's name without <c>@</c>; empty for a line of monitor input.</param>
/// <param name="Text">What follows the directive, or the input itself.</param>
public sealed record SessionStep(int Line, string Directive, string Text)
{
    /// <summary>Whether the line is monitor input rather than a directive.</summary>
    public bool IsInput => Directive.Length == 0;

    /// <summary>Splits <see cref="Text"/> into words as a shell does; single and double quotes group.</summary>
    /// <exception cref="SessionException">A quote is not closed.</exception>
    public IReadOnlyList<string> Words() => SessionWords.Split(Text, Line);
}
