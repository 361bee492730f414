namespace QmpHost.Hosting.CommandLine;

/// <summary>Reads a command line as the C library's getopt_long does: long options with unique abbreviations, one-letter options.</summary>
internal static class GnuOptionParser
{
    /// <summary>Reads a command line.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="known">The options that exist.</param>
    /// <remarks>What stands behind "--" is left alone, as QEMU leaves it.</remarks>
    /// <exception cref="CommandLineException">An option is unknown, ambiguous or lacks its value.</exception>
    /// <returns>The options in order.</returns>
    public static IReadOnlyList<GivenOption> Parse(IReadOnlyList<string> arguments, IReadOnlyList<OptionSpecification> known)
    {
        var given = new List<GivenOption>();
        for (int i = 0; i < arguments.Count && arguments[i] != "--"; i++)
        {
            string argument = arguments[i];
            if (argument.StartsWith("--", StringComparison.Ordinal))
            {
                given.Add(ParseLong(arguments, known, ref i));
            }
            else if (argument.Length > 1 && argument[0] == '-')
            {
                ParseLetters(arguments, known, given, ref i);
            }
            else
            {
                throw new CommandLineException($"{argument}: Unexpected argument");
            }
        }

        return given;
    }

    private static GivenOption ParseLong(IReadOnlyList<string> arguments, IReadOnlyList<OptionSpecification> known, ref int i)
    {
        string argument = arguments[i];
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? argument[2..] : argument[2..equals];
        OptionSpecification option = Find(known, name);
        if (!option.TakesValue)
        {
            return equals < 0
                ? new GivenOption(option.Name, string.Empty, argument)
                : throw Wrong($"option '--{option.Name}' doesn't allow an argument");
        }

        if (equals >= 0)
        {
            return new GivenOption(option.Name, argument[(equals + 1)..], argument);
        }

        if (i + 1 == arguments.Count)
        {
            throw Wrong($"option '--{option.Name}' requires an argument");
        }

        string value = arguments[++i];
        return new GivenOption(option.Name, value, $"{argument} {value}");
    }

    private static OptionSpecification Find(IReadOnlyList<OptionSpecification> known, string name)
    {
        if (known.FirstOrDefault(option => option.Name == name) is { } exact)
        {
            return exact;
        }

        OptionSpecification[] candidates = [.. known.Where(option => !option.IsOwn && option.Name.StartsWith(name, StringComparison.Ordinal))];
        return candidates switch
        {
            [] => throw Wrong($"unrecognized option '--{name}'"),
            [var only] => only,
            _ => throw Wrong($"option '--{name}' is ambiguous; possibilities: {string.Join(' ', candidates.Select(option => $"'--{option.Name}'"))}"),
        };
    }

    private static void ParseLetters(IReadOnlyList<string> arguments, IReadOnlyList<OptionSpecification> known, List<GivenOption> given, ref int i)
    {
        string argument = arguments[i];
        for (int j = 1; j < argument.Length; j++)
        {
            char letter = argument[j];
            OptionSpecification option = known.FirstOrDefault(option => option.Letter == letter)
                ?? throw Wrong($"invalid option -- '{letter}'");
            if (!option.TakesValue)
            {
                given.Add(new GivenOption(option.Name, string.Empty, $"-{letter}"));
                continue;
            }

            string value = argument[(j + 1)..];
            if (value.Length == 0)
            {
                value = ++i < arguments.Count ? arguments[i] : throw Wrong($"option requires an argument -- '{letter}'");
            }

            given.Add(new GivenOption(option.Name, value, $"-{letter} {value}"));
            return;
        }
    }

    private static CommandLineException Wrong(string message) => new(message) { IsOfOptionParser = true };
}
