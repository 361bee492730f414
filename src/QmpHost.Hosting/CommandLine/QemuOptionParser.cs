namespace QmpHost.Hosting.CommandLine;

/// <summary>Reads a command line as qemu-system programs do: one dash or two, exact names.</summary>
internal static class QemuOptionParser
{
    /// <summary>The name of what is no option: a disk image.</summary>
    public const string Operand = "";

    /// <summary>Reads a command line.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="known">The options that exist.</param>
    /// <exception cref="CommandLineException">An option is unknown or lacks its value.</exception>
    /// <returns>The options in order.</returns>
    public static IReadOnlyList<GivenOption> Parse(IReadOnlyList<string> arguments, IReadOnlyList<OptionSpecification> known)
    {
        var given = new List<GivenOption>();
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            if (argument.Length == 0 || argument[0] != '-')
            {
                given.Add(new GivenOption(Operand, argument, argument));
                continue;
            }

            string name = argument.StartsWith("--", StringComparison.Ordinal) ? argument[2..] : argument[1..];
            OptionSpecification option = known.FirstOrDefault(option => option.Name == name)
                ?? throw new CommandLineException($"{argument}: invalid option");
            if (!option.TakesValue)
            {
                given.Add(new GivenOption(name, string.Empty, argument));
            }
            else if (i + 1 < arguments.Count)
            {
                given.Add(new GivenOption(name, arguments[i + 1], $"{argument} {arguments[++i]}"));
            }
            else
            {
                throw new CommandLineException($"{argument}: requires an argument");
            }
        }

        return given;
    }
}
