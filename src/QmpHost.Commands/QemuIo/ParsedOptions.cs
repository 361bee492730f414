namespace QmpHost.Commands.QemuIo;

/// <summary>The options and operands of one command, after POSIX option parsing with permuted operands.</summary>
/// <param name="Options">Option letters with their values; a flag's value is empty.</param>
/// <param name="Operands">Everything that is not an option, in order.</param>
internal sealed record ParsedOptions(IReadOnlyDictionary<char, string> Options, IReadOnlyList<string> Operands)
{
    /// <summary>Whether an option was given.</summary>
    /// <param name="letter">Its letter.</param>
    /// <returns>True if it was.</returns>
    public bool Has(char letter) => Options.ContainsKey(letter);

    /// <summary>Parses arguments.</summary>
    /// <param name="command">The command's name, for errors.</param>
    /// <param name="specification">Option letters as for getopt: a colon follows those that take a value.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="judge">Judges each option with its value as soon as it is read, and tells what is wrong itself; null for no judgement.</param>
    /// <param name="error">The error as the C library prints it, or null.</param>
    /// <returns>The options, or null after an error.</returns>
    public static ParsedOptions? Parse(
        string command, string specification, IReadOnlyList<string> arguments, Func<char, string, bool>? judge, out string? error)
    {
        var options = new Dictionary<char, string>();
        var operands = new List<string>();
        error = null;
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            if (argument == "--")
            {
                operands.AddRange(arguments.Skip(i + 1));
                break;
            }

            if (argument.Length < 2 || argument[0] != '-')
            {
                operands.Add(argument);
                continue;
            }

            for (int j = 1; j < argument.Length; j++)
            {
                char letter = argument[j];
                int position = letter == ':' ? -1 : specification.IndexOf(letter, StringComparison.Ordinal);
                if (position < 0)
                {
                    error = $"{command}: invalid option -- '{letter}'";
                    return null;
                }

                if (position + 1 >= specification.Length || specification[position + 1] != ':')
                {
                    options[letter] = string.Empty;
                    continue;
                }

                if (j + 1 < argument.Length)
                {
                    options[letter] = argument[(j + 1)..];
                }
                else if (++i < arguments.Count)
                {
                    options[letter] = arguments[i];
                }
                else
                {
                    error = $"{command}: option requires an argument -- '{letter}'";
                    return null;
                }

                if (judge?.Invoke(letter, options[letter]) == false)
                {
                    return null;
                }

                break;
            }
        }

        return new ParsedOptions(options, operands);
    }
}
