using QmpHost.Hosting.CommandLine;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using QmpHost.Qapi.Keyval;

namespace QmpHost.Hosting.Programs;

/// <summary>Option values that are schema types, as JSON or in the key=value notation.</summary>
/// <param name="profile">The release whose members are known.</param>
internal sealed class KeyvalOptions(VersionProfile profile)
{
    /// <summary>Reads an option's value.</summary>
    /// <typeparam name="T">The schema type.</typeparam>
    /// <param name="option">The option.</param>
    /// <param name="impliedKey">The key of a first value that has none, or null.</param>
    /// <param name="visit">The type's visitor.</param>
    /// <param name="help">Answers a value that asks for help, given what stands beside; null where there is no help.</param>
    /// <param name="repeated">Keys that may be given more than once, whose values make lists of texts; null for none.</param>
    /// <exception cref="CommandLineException">The value does not fit the type.</exception>
    /// <exception cref="HelpRequestedException">The value asks for help.</exception>
    /// <returns>The value.</returns>
    public T Read<T>(
        GivenOption option,
        string? impliedKey,
        Func<QapiInputVisitor, string?, QObject, T> visit,
        Func<QDict, IEnumerable<string>>? help = null,
        IReadOnlyCollection<string>? repeated = null)
    {
        try
        {
            return option.Value.StartsWith('{')
                ? visit(new QapiInputVisitor(profile), null, JsonParser.Parse(option.Value))
                : visit(new QapiInputVisitor(profile, InputNotation.Keyval), null, repeated is null ? Parse(option.Value, impliedKey, help) : ParseRepeated(option.Value, impliedKey, repeated));
        }
        catch (QmpException e)
        {
            throw new CommandLineException(option, e.MessageWithHint);
        }
    }

    private static QDict Parse(string text, string? impliedKey, Func<QDict, IEnumerable<string>>? help)
    {
        if (help is null)
        {
            return KeyvalParser.Parse(text, impliedKey);
        }

        QDict tree = KeyvalParser.Parse(text, impliedKey, out bool wantsHelp);
        return wantsHelp ? throw new HelpRequestedException(help(tree)) : tree;
    }

    private static QDict ParseRepeated(string text, string? impliedKey, IReadOnlyCollection<string> repeated)
    {
        var lists = new Dictionary<string, QList>(StringComparer.Ordinal);
        var rest = new List<string>();

        // A comma that is doubled belongs to a value.
        foreach (string item in text.Replace(",,", "\0", StringComparison.Ordinal).Split(','))
        {
            int equals = item.IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? string.Empty : item[..equals];
            if (!repeated.Contains(key))
            {
                rest.Add(item.Replace("\0", ",,", StringComparison.Ordinal));
                continue;
            }

            if (!lists.TryGetValue(key, out QList? list))
            {
                lists.Add(key, list = []);
            }

            var value = new QDict();
            value.Put("str", new QString(item[(equals + 1)..].Replace("\0", ",", StringComparison.Ordinal)));
            list.Add(value);
        }

        QDict tree = KeyvalParser.Parse(string.Join(',', rest), impliedKey);
        foreach ((string key, QList list) in lists)
        {
            tree.Put(key, list);
        }

        return tree;
    }
}
