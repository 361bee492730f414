using System.Text;
using QmpHost.Qapi;

namespace QmpHost.Hosting.CommandLine;

/// <summary>
/// The older "name,key=value,…" notation of -chardev, -mon, -name and others: a flat list in which a later value
/// wins and a bare key is switched on.
/// </summary>
internal sealed class QemuOpts
{
    private readonly Dictionary<string, string> _values = [];

    private QemuOpts()
    {
    }

    /// <summary>The keys that were given.</summary>
    public IEnumerable<string> Keys => _values.Keys;

    /// <summary>A value, or null where the key was not given.</summary>
    /// <param name="key">The key.</param>
    public string? this[string key] => _values.GetValueOrDefault(key);

    /// <summary>Whether "help" or "?" stands in the place of a key.</summary>
    public bool WantsHelp { get; private set; }

    /// <summary>Parses a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="impliedKey">The key of a first value that has none, or null.</param>
    /// <param name="onShortForm">Told of a key without value, and how it should be written; null where nobody cares.</param>
    /// <returns>The options.</returns>
    public static QemuOpts Parse(string text, string? impliedKey, Action<string, string>? onShortForm = null)
    {
        var options = new QemuOpts();
        for (int position = 0; position < text.Length;)
        {
            string item = TakeItem(text, ref position);
            int equals = item.IndexOf('=', StringComparison.Ordinal);
            if (options.WantsHelp && !item.StartsWith("id=", StringComparison.Ordinal))
            {
                // Whoever asks for help need not get the rest right.
                continue;
            }

            if (equals >= 0)
            {
                options._values[item[..equals]] = item[(equals + 1)..];
            }
            else if (impliedKey is not null)
            {
                options._values[impliedKey] = item;
            }
            else if (item is "help" or "?")
            {
                options.WantsHelp = true;
            }
            else
            {
                options.PutShortForm(item, onShortForm);
            }

            impliedKey = null;
        }

        return options;
    }

    /// <summary>The options as a dictionary of the caller's own.</summary>
    /// <returns>Keys and values.</returns>
    public Dictionary<string, string> ToDictionary() => new(_values);

    /// <summary>The options as an object of texts.</summary>
    /// <returns>The object, with the keys in the order in which they were first given.</returns>
    public QDict ToDict()
    {
        var dict = new QDict();
        foreach ((string key, string value) in _values)
        {
            dict.Put(key, new QString(value));
        }

        return dict;
    }

    /// <summary>Gives an option that is known by two names the one that counts.</summary>
    /// <param name="from">The other name.</param>
    /// <param name="to">The name that counts.</param>
    /// <exception cref="CommandLineException">Both were given.</exception>
    public void Rename(string from, string to)
    {
        if (!_values.Remove(from, out string? value))
        {
            return;
        }

        if (!_values.TryAdd(to, value))
        {
            throw new CommandLineException($"'{to}' and its alias '{from}' can't be used at the same time");
        }
    }

    /// <summary>A boolean option.</summary>
    /// <param name="key">The key.</param>
    /// <param name="defaultValue">The value where the key was not given.</param>
    /// <exception cref="CommandLineException">The value is neither "on" nor "off".</exception>
    /// <returns>The value.</returns>
    public bool GetBool(string key, bool defaultValue) => this[key] switch
    {
        null => defaultValue,
        "on" or "yes" or "true" or "y" => true,
        "off" or "no" or "false" or "n" => false,
        _ => throw new CommandLineException($"Parameter '{key}' expects 'on' or 'off'"),
    };

    private void PutShortForm(string item, Action<string, string>? onShortForm)
    {
        bool off = item.StartsWith("no", StringComparison.Ordinal);
        string key = off ? item[2..] : item;
        string value = off ? "off" : "on";
        _values[key] = value;
        onShortForm?.Invoke(item, $"{key}={value}");
    }

    private static string TakeItem(string text, ref int position)
    {
        var item = new StringBuilder();
        for (; position < text.Length; position++)
        {
            if (text[position] == ',')
            {
                position++;
                if (position == text.Length || text[position] != ',')
                {
                    break;
                }
            }

            item.Append(text[position]);
        }

        return item.ToString();
    }
}
