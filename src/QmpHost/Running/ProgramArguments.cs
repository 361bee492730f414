namespace QmpHost.Running;

/// <summary>The words that start this program again.</summary>
internal static class ProgramArguments
{
    /// <summary>The arguments for <see cref="Environment.ProcessPath"/>, which is the runtime where the program is not native.</summary>
    /// <param name="arguments">The subcommand and its arguments.</param>
    /// <returns>The arguments.</returns>
    public static IEnumerable<string> ForSelf(IEnumerable<string> arguments)
    {
        string self = Environment.GetCommandLineArgs()[0];
        return self.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) ? arguments.Prepend(self) : arguments;
    }
}
