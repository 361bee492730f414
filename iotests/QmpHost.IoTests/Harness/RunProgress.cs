using System.Globalization;

namespace QmpHost.IoTests.Harness;

/// <summary>Says from time to time how far a scenario has come.</summary>
/// <param name="name">The scenario.</param>
/// <param name="output">Where it is said.</param>
internal sealed class RunProgress(string name, TextWriter output)
{
    private const int Step = 500;
    private int _told;

    /// <summary>Notes how many lines the log has.</summary>
    /// <param name="lines">How many.</param>
    public void Tell(int lines)
    {
        if (lines - _told >= Step)
        {
            _told = lines;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {lines:N0} lines"));
        }
    }
}
