using System.Globalization;
using QmpHost.Qapi;
using QmpHost.Qapi.Keyval;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Filenames;

/// <summary>
/// Options as filenames carry them: keys may be flattened with points ("file.filename"), and every scalar may be a
/// text.
/// </summary>
internal static class OptionTree
{
    private const string DriverKey = "driver";

    /// <summary>Unfolds flattened keys.</summary>
    public static QDict FromFlat(QDict flat)
    {
        var tree = new QDict();
        foreach ((string key, QObject value) in flat)
        {
            Put(tree, key, value);
        }

        return tree;
    }

    /// <summary>The driver of a tree, or null where it has none.</summary>
    /// <exception cref="QmpException">There is no such driver.</exception>
    public static BlockDriverDescriptor? DriverOf(BlockDriverRegistry drivers, QDict tree)
        => tree.TryGetValue(DriverKey, out QObject? driver) && driver is QString name
            ? drivers.Find(name.Value) ?? throw new QmpException($"Unknown driver '{name.Value}'")
            : null;

    /// <summary>Reads the options of a node.</summary>
    /// <exception cref="QmpException">They make no sense; an unknown one is named in the driver's words.</exception>
    public static BlockdevOptions ToOptions(BlockDriverRegistry drivers, QDict tree) => Visit(drivers, Prepare(drivers, tree));

    private static BlockdevOptions Visit(BlockDriverRegistry drivers, QDict tree)
    {
        BlockDriverDescriptor? descriptor = DriverOf(drivers, tree);
        try
        {
            return BlockdevOptions.Visit(new QapiInputVisitor(drivers.Profile, InputNotation.Driver), null, tree);
        }
        catch (QmpException e) when (descriptor is not null && UnexpectedOption(e.Message) is { } option)
        {
            throw new QmpException(descriptor.IsProtocol
                ? $"Block protocol '{descriptor.Name}' doesn't support the option '{option}'"
                : $"Block format '{descriptor.Name}' does not support the option '{option}'");
        }
    }

    // What the schema reads: children first, which have errors of their own, with lists as lists and sizes as integers.
    private static QDict Prepare(BlockDriverRegistry drivers, QDict tree)
    {
        BlockDriverDescriptor? descriptor = DriverOf(drivers, tree);
        var prepared = new QDict();
        foreach ((string key, QObject value) in tree)
        {
            QObject read = value is QDict dict ? PrepareMember(drivers, dict) : value is QList list ? PrepareList(drivers, list) : value;
            prepared.Put(key, descriptor?.Sizes.Contains(key) == true && value is QString text ? ReadSize(key, text.Value) : read);
        }

        descriptor?.TranslateOptions?.Invoke(prepared);
        return prepared;
    }

    private static QObject PrepareMember(BlockDriverRegistry drivers, QDict member)
    {
        QDict prepared = Prepare(drivers, member);
        if (prepared.ContainsKey(DriverKey))
        {
            _ = Visit(drivers, prepared);
        }

        return AsList(prepared) ?? (QObject)prepared;
    }

    private static QList PrepareList(BlockDriverRegistry drivers, QList list)
    {
        var prepared = new QList();
        foreach (QObject item in list)
        {
            prepared.Add(item is QDict dict ? PrepareMember(drivers, dict) : item);
        }

        return prepared;
    }

    // Flattened lists have the numbers of their elements for keys.
    private static QList? AsList(QDict dict)
    {
        var list = new QList();
        for (int i = 0; i < dict.Count; i++)
        {
            if (!dict.TryGetValue(i.ToString(CultureInfo.InvariantCulture), out QObject? item))
            {
                return null;
            }

            list.Add(item);
        }

        return list.Count > 0 ? list : null;
    }

    private static QString ReadSize(string key, string text) => CommandLineScalar.ReadSize(text) is { } size
        ? new QString(size.ToString(CultureInfo.InvariantCulture))
        : throw new QmpException(CommandLineScalar.NoSizeText(key));

    /// <summary>The option that a message says nobody knows, or null.</summary>
    public static string? UnexpectedOption(string message)
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
            tree.Put(key, value is QList list ? FromFlat(list) : value);
        }
    }

    private static QList FromFlat(QList list)
    {
        var tree = new QList();
        foreach (QObject item in list)
        {
            tree.Add(item is QDict dict ? FromFlat(dict) : item);
        }

        return tree;
    }
}
