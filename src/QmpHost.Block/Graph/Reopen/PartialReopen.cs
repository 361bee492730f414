using QmpHost.Block.Graph.Filenames;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Reopen;

/// <summary>Puts changed options over those that a node has.</summary>
internal static class PartialReopen
{
    /// <summary>All options of a node, some of them changed.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="node">The node.</param>
    /// <param name="changes">The changed ones by name, with points for what is inside of others.</param>
    /// <exception cref="QmpException">The node has no such option, or not with such a value.</exception>
    public static BlockdevOptions Options(BlockGraph graph, BlockNode node, IReadOnlyDictionary<string, string> changes)
    {
        QDict options = Present(node);
        foreach ((string name, string value) in changes)
        {
            Put(options, name, value);
        }

        try
        {
            return BlockdevOptions.Visit(new QapiInputVisitor(graph.Drivers.Profile, InputNotation.Driver), null, options);
        }
        catch (QmpException e) when (OptionTree.UnexpectedOption(e.Message) is { } unknown)
        {
            throw new QmpException($"Cannot change the option '{unknown[(unknown.LastIndexOf('.') + 1)..]}'");
        }
    }

    private static QDict Present(BlockNode node)
    {
        QDict options = ReopenOptionCheck.ToDict(node, node.Options);
        options.Put("node-name", new QString(node.NodeName));
        options.Put("read-only", new QString(node.Flags.ReadOnly ? "on" : "off"));
        var cache = new QDict();
        cache.Put("direct", new QString(node.Flags.Direct ? "on" : "off"));
        cache.Put("no-flush", new QString(node.Flags.NoFlush ? "on" : "off"));
        options.Put("cache", cache);
        return options;
    }

    private static void Put(QDict options, string name, string value)
    {
        int point = name.IndexOf('.', StringComparison.Ordinal);
        if (point < 0)
        {
            options.Put(name, new QString(value));
            return;
        }

        string head = name[..point];
        if (!options.TryGetValue(head, out QObject? inner) || inner is not QDict dict)
        {
            throw new QmpException($"Cannot change the option '{name}'");
        }

        Put(dict, name[(point + 1)..], value);
    }
}
