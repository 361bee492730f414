using QmpHost.Hosting.CommandLine;
using QmpHost.Machine.Clocks;

namespace QmpHost.Running;

/// <summary>Which clock the program is to live by: QMPHOST_CLOCK=virtual asks for one that stands still until it is moved.</summary>
internal static class ClockChoice
{
    private const string Variable = "QMPHOST_CLOCK";

    /// <summary>The clock.</summary>
    /// <returns>The clock, or null for that which the command line asks for.</returns>
    /// <exception cref="CommandLineException">The variable has a value that is not known.</exception>
    public static TimeProvider? Find() => Environment.GetEnvironmentVariable(Variable) switch
    {
        null or "" or "real" => null,
        "virtual" => new VirtualClock(),
        var other => throw new CommandLineException($"{Variable}: '{other}' is not a clock: there are real and virtual"),
    };
}
