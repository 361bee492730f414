using System.Globalization;
using System.Text;

namespace QmpHost.Qapi.Keyval;

/// <summary>
/// Parses QEMU's "key=value,…" command-line notation into a tree of strings: dots in keys make nested objects,
/// numeric fragments lists, a doubled comma is a comma in a value.
/// </summary>
/// <remarks>Free of state; may be used from any thread.</remarks>
public static class KeyvalParser
{
    private const int MaxFragmentLength = 127;

    /// <summary>Parses a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="impliedKey">The key of a first value that has none, or null.</param>
    /// <exception cref="QmpException">The text is malformed; the message is QEMU's.</exception>
    /// <returns>The tree; scalars are <see cref="QString"/>.</returns>
    public static QDict Parse(string text, string? impliedKey)
    {
        QDict tree = Parse(text, impliedKey, out bool wantsHelp);
        return wantsHelp ? throw new QmpException("Help is not available for this option") : tree;
    }

    /// <summary>Parses a text in which "help" or "?" may stand in the place of a key and its value.</summary>
    /// <param name="text">The text.</param>
    /// <param name="impliedKey">The key of a first value that has none, or null.</param>
    /// <param name="wantsHelp">Whether the text asks for help; the tree has what stands beside that.</param>
    /// <exception cref="QmpException">The text is malformed; the message is QEMU's.</exception>
    /// <returns>The tree; scalars are <see cref="QString"/>.</returns>
    public static QDict Parse(string text, string? impliedKey, out bool wantsHelp)
    {
        var root = new QDict();
        wantsHelp = false;
        for (int position = 0; position < text.Length; impliedKey = null)
        {
            if (SkipHelp(text, ref position))
            {
                wantsHelp = true;
            }
            else
            {
                position = ParseOne(root, text, position, impliedKey);
            }
        }

        return (QDict)MakeLists(root, string.Empty);
    }

    private static bool SkipHelp(string text, ref int position)
    {
        int end = text.IndexOf(',', position);
        string item = end < 0 ? text[position..] : text[position..end];
        if (item is not ("help" or "?"))
        {
            return false;
        }

        position = end < 0 ? text.Length : end + 1;
        return true;
    }

    private static int ParseOne(QDict root, string text, int start, string? impliedKey)
    {
        int end = start;
        while (end < text.Length && text[end] is not ('=' or ','))
        {
            end++;
        }

        string key = text[start..end];
        bool hasValue = end < text.Length && text[end] == '=';
        if (!hasValue && impliedKey is null)
        {
            throw new QmpException(IsKey(key) ? $"Expected '=' after parameter '{key}'" : $"Invalid parameter '{key}'");
        }

        if (!hasValue)
        {
            // There is no way to write a comma here: a second one begins an empty key.
            Store(root, impliedKey!, key);
            return Math.Min(end + 1, text.Length);
        }

        int valueStart = end + 1;
        Store(root, key, TakeValue(text, ref valueStart));
        return valueStart;
    }

    private static string TakeValue(string text, ref int position)
    {
        var value = new StringBuilder();
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

            value.Append(text[position]);
        }

        return value.ToString();
    }

    private static void Store(QDict root, string key, string value)
    {
        string[] fragments = key.Split('.');
        QDict dict = root;
        for (int i = 0; i < fragments.Length; i++)
        {
            Check(fragments[i], first: i == 0, key);
            if (i == fragments.Length - 1)
            {
                break;
            }

            if (!dict.TryGetValue(fragments[i], out QObject? next))
            {
                next = new QDict();
                dict.Put(fragments[i], next);
            }

            dict = next as QDict ?? throw Inconsistent(fragments.AsSpan(0, i + 1));
        }

        if (dict.TryGetValue(fragments[^1], out QObject? existing) && existing is QDict)
        {
            throw Inconsistent(fragments);
        }

        dict.Put(fragments[^1], new QString(value));
    }

    private static void Check(string fragment, bool first, string key)
    {
        if (fragment.Length > MaxFragmentLength)
        {
            throw new QmpException($"Parameter '{key}' is too long");
        }

        if (!(IsName(fragment) || (!first && IsIndex(fragment))))
        {
            throw new QmpException($"Invalid parameter '{key}'");
        }
    }

    private static bool IsKey(string key) => key.Split('.').All(fragment => IsName(fragment) || IsIndex(fragment));

    private static bool IsIndex(string fragment) => fragment.Length > 0 && fragment.All(char.IsAsciiDigit);

    private static bool IsName(string fragment)
        => fragment.Length > 0
            && (char.IsAsciiLetter(fragment[0]) || fragment[0] == '_')
            && fragment.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '+');

    private static QmpException Inconsistent(ReadOnlySpan<string> fragments)
        => new($"Parameters '{string.Join('.', fragments!)}.*' used inconsistently");

    private static QObject MakeLists(QDict dict, string prefix)
    {
        int indexes = 0;
        foreach ((string key, QObject value) in dict.ToList())
        {
            indexes += IsIndex(key) ? 1 : 0;
            if (value is QDict inner)
            {
                dict.Put(key, MakeLists(inner, prefix + key + "."));
            }
        }

        if (indexes == 0)
        {
            return dict;
        }

        return indexes == dict.Count ? MakeList(dict, prefix) : throw new QmpException($"Parameters '{prefix}*' used inconsistently");
    }

    private static QList MakeList(QDict dict, string prefix)
    {
        var list = new QList();
        for (int i = 0; i < dict.Count; i++)
        {
            string index = i.ToString(CultureInfo.InvariantCulture);
            list.Add(dict.TryGetValue(index, out QObject? value) ? value : throw new QmpException($"Parameter '{prefix}{index}' missing"));
        }

        return list;
    }
}
