using QmpHost.Machine;
using QmpHost.Qapi;

namespace QmpHost.Hosting.CommandLine;

/// <summary>The keys that an option in the older "name,key=value,…" notation takes. Immutable.</summary>
/// <param name="name">The group's name, as errors and help tell it.</param>
/// <param name="impliedKey">The key of a first value that has none, or null.</param>
/// <param name="keys">The keys, or null where any key is taken.</param>
internal sealed class OptionGroup(string name, string? impliedKey, IEnumerable<OptionKey>? keys)
{
    private const string IdKey = "id";

    private readonly Dictionary<string, OptionKey>? _keys = keys?.ToDictionary(key => key.Name, StringComparer.Ordinal);

    /// <summary>Reads an option's value.</summary>
    /// <param name="text">The value.</param>
    /// <param name="warn">Tells of what is taken but should be written otherwise.</param>
    /// <exception cref="CommandLineException">A key or a value is wrong.</exception>
    /// <exception cref="HelpRequestedException">The value asks for the list of keys.</exception>
    /// <returns>Keys and values.</returns>
    public QemuOpts Read(string text, Action<string> warn)
    {
        QemuOpts opts = QemuOpts.Parse(text, impliedKey, ShortFormWarning(warn));
        Check(opts.ToDictionary());
        return opts.WantsHelp && _keys is not null ? throw new HelpRequestedException(Help(), status: 1) : opts;
    }

    /// <summary>Reads an option's value; errors begin with the option.</summary>
    /// <param name="option">The option.</param>
    /// <param name="warn">Tells of what is taken but should be written otherwise.</param>
    /// <exception cref="CommandLineException">A key or a value is wrong.</exception>
    /// <exception cref="HelpRequestedException">The value asks for the list of keys.</exception>
    /// <returns>Keys and values.</returns>
    public QemuOpts Read(GivenOption option, Action<GivenOption, string> warn)
    {
        try
        {
            return Read(option.Value, text => warn(option, text));
        }
        catch (CommandLineException e)
        {
            throw new CommandLineException(option, e.Message);
        }
    }

    /// <summary>Checks keys and values that were read elsewhere.</summary>
    /// <param name="opts">Keys and values.</param>
    /// <exception cref="CommandLineException">A key or a value is wrong.</exception>
    public void Check(IReadOnlyDictionary<string, string> opts)
    {
        CheckId(opts.GetValueOrDefault(IdKey));
        foreach ((string key, string value) in opts)
        {
            if (key != IdKey && _keys is not null)
            {
                Find(key).Check(value);
            }
        }
    }

    private static Action<string, string> ShortFormWarning(Action<string> warn) => (given, instead)
        => warn($"short-form boolean option '{given}' deprecated\nPlease use {instead} instead");

    private static void CheckId(string? id)
    {
        try
        {
            if (id is not null)
            {
                Identifier.Require(id);
            }
        }
        catch (QmpException e)
        {
            throw new CommandLineException(e.MessageWithHint);
        }
    }

    private OptionKey Find(string key) => _keys!.GetValueOrDefault(key) ?? throw new CommandLineException($"Invalid parameter '{key}'");

    private IEnumerable<string> Help()
        => _keys!.Values.Select(static key => key.HelpLine).Order(StringComparer.Ordinal).Prepend($"{name} options:");
}
