using QmpHost.Hosting.CommandLine;
using QmpHost.Machine.Running;
using QmpHost.Qapi;
using QmpHost.Qapi.Keyval;

namespace QmpHost.Hosting.Programs.Machine;

/// <summary>Reads -d, -D and -dfilter: what is logged, and where to.</summary>
/// <param name="environment">The program's surroundings.</param>
internal sealed class LogOptions(ProgramEnvironment environment)
{
    private string? _file;
    private string? _items;

    /// <summary>Takes an option.</summary>
    /// <param name="option">The option; others pass.</param>
    /// <exception cref="CommandLineException">The value is wrong.</exception>
    public void Take(GivenOption option)
    {
        switch (option.Name)
        {
            case "D":
                _file = option.Value;
                break;
            case "d":
                _items = option.Value;
                break;
            case "dfilter" when option.Value.Split(',').Any(static range => !IsRange(range)):
                throw new CommandLineException(option, "Bad range specifier");
            default:
                break;
        }
    }

    /// <summary>Sets a host's log up.</summary>
    /// <param name="log">The log.</param>
    /// <exception cref="CommandLineException">The file cannot be made, or has not the name that is needed.</exception>
    /// <exception cref="HelpRequestedException">A kind of entries is not known.</exception>
    public void Apply(LogSettings log)
    {
        try
        {
            if (_file is not null)
            {
                log.SetFile(_file);
            }

            bool isKnown = _items is null
                || (_items != "none" && log.TrySet(_items, warning => environment.StandardError.WriteLine($"{environment.Name}: {warning}")));
            if (!isKnown)
            {
                throw new HelpRequestedException(["Kinds of entries, parted by commas:", .. log.Kinds.Skip(1).Select(static kind => $"{kind.Name,-15} {kind.Description}")], status: 1);
            }
        }
        catch (QmpException e)
        {
            throw new CommandLineException(e.Message);
        }
    }

    // "first..last", "first+length" or "last-length".
    private static bool IsRange(string text)
    {
        string[] ends = text.Split(text.Contains("..", StringComparison.Ordinal) ? ".." : text.Contains('+', StringComparison.Ordinal) ? "+" : "-");
        return ends.Length == 2 && ends.All(CommandLineScalar.IsNumber);
    }
}
