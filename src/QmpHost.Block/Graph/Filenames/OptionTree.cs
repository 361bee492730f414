using System.Globalization;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Filenames;

/// <summary>
/// Options as filenames carry them: keys may be flattened with points ("file.filename"), and every scalar may be a
/// text.
/// </summary>
internal static class OptionTree
{
    /// <summary>Unfolds flattened keys, and turns all scalars into texts.</summary>
    public static QDict FromFlat(QDict flat)
    {
        var tree = new QDict();
        foreach ((string key, QObject value) in flat)
        {
            Put(tree, key, value);
        }

        return tree;
    }

    /// <summary>Reads the options of a node.</summary>
    /// <exception cref="QmpException">They make no sense; an unknown one is named in the driver's words.</exception>
    public static BlockdevOptions ToOptions(BlockDriverRegistry drivers, QDict tree)
    {
        BlockDriverDescriptor? descriptor = null;
        if (tree.TryGetValue("driver", out QObject? driver) && driver is QString name)
        {
            descriptor = drivers.Find(name.Value) ?? throw new QmpException($"Unknown driver '{name.Value}'");
        }

        try
        {
            return BlockdevOptions.Visit(new QapiInputVisitor(drivers.Profile, InputNotation.Keyval), null, tree);
        }
        catch (QmpException e) when (descriptor is not null && UnexpectedOption(e.Message) is { } option)
        {
            throw new QmpException(descriptor.IsProtocol
                ? $"Block protocol '{descriptor.Name}' doesn't support the option '{option}'"
                : $"Block format '{descriptor.Name}' does not support the option '{option}'");
        }
    }

    private static string? UnexpectedOption(string message)
    {
        const string Start = "Parameter '";
        const string End = "' is unexpected";
        return message.StartsWith(Start, StringComparison.Ordinal) && message.EndsWith(End, StringComparison.Ordinal)
            ? message[Start.Length..^End.Length]
            : null;
    }

    private static void Put(QDict tree, string key, QObject value)
    {
        int point = key.IndexOf('.', StringComparison.Ordinal);
        if (point > 0)
        {
            string head = key[..point];
            if (!tree.TryGetValue(head, out QObject? inner) || inner is not QDict dict)
            {
                dict = new QDict();
                tree.Put(head, dict);
            }

            Put(dict, key[(point + 1)..], value);
        }
        else if (value is QDict members)
        {
            foreach ((string name, QObject member) in members)
            {
                Put(tree, $"{key}.{name}", member);
            }
        }
        else
        {
            tree.Put(key, value is QList list ? ToTexts(list) : ToText(value));
        }
    }

    private static QList ToTexts(QList list)
    {
        var texts = new QList();
        foreach (QObject item in list)
        {
            texts.Add(item is QDict dict ? FromFlat(dict) : ToText(item));
        }

        return texts;
    }

    private static QObject ToText(QObject value) => value switch
    {
        QBool flag => new QString(flag.Value ? "on" : "off"),
        QNum number when number.TryGetInt64(out long signed) => new QString(signed.ToString(CultureInfo.InvariantCulture)),
        QNum number when number.TryGetUInt64(out ulong unsigned) => new QString(unsigned.ToString(CultureInfo.InvariantCulture)),
        QNum number => new QString(number.AsDouble.ToString("R", CultureInfo.InvariantCulture)),
        _ => value,
    };
}
