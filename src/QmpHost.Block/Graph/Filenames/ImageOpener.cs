using QmpHost.Block.Graph.Queries;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Filenames;

/// <summary>Opens images as command lines name them: by a filename, with flattened options as texts beside it.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
public static class ImageOpener
{
    /// <summary>Opens an image.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="filename">Its name, or null where the options say everything.</param>
    /// <param name="options">
    /// The options of the node, with keys such as "file.locking"; the format is option "driver", and "aio" is for the files alone, wherever
    /// they are.
    /// </param>
    /// <param name="probedRaw">Told, with the name of the image, that nobody gave the format and that the image looks like none.</param>
    /// <exception cref="QmpException">It could not be opened; nothing is left behind.</exception>
    /// <returns>The node, to which the caller holds a reference.</returns>
    public static async ValueTask<BlockNode> OpenAsync(BlockGraph graph, string? filename, QDict options, Action<string> probedRaw)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(probedRaw);
        QDict tree = OptionTree.FromFlat(options);
        if (filename is not null)
        {
            PutFilename(graph.Drivers, tree, filename);
        }

        QObject? aio = tree.TryGetValue("aio", out QObject? given) ? given : null;
        tree.Remove("aio");
        bool isProbed = !tree.ContainsKey("driver");
        await new OptionCompletion(graph).CompleteAsync(tree);
        if (aio is not null)
        {
            SpreadAio(graph.Drivers, tree, aio);
        }

        BlockNode node = await graph.OpenAsync(OptionTree.ToOptions(graph.Drivers, tree));
        KeepTexts(node, tree);
        if (isProbed && node.Driver.TryMarkProbed())
        {
            probedRaw(NodeFilename.Of(node.PrimaryChild?.Node ?? node));
        }

        return node;
    }

    private static void SpreadAio(BlockDriverRegistry drivers, QDict tree, QObject aio)
    {
        if (OptionTree.DriverOf(drivers, tree) is { IsProtocol: true, CheckFileName: not null })
        {
            tree.TryAdd("aio", aio);
        }

        foreach ((_, QObject value) in tree)
        {
            if (value is QDict inner)
            {
                SpreadAio(drivers, inner, aio);
            }
        }
    }

    // A format gets the name for the file that it lies in, a protocol for itself.
    private static void PutFilename(BlockDriverRegistry drivers, QDict tree, string filename)
    {
        bool isJson = filename.StartsWith(FilenameOptions.JsonPrefix, StringComparison.Ordinal);
        if (!isJson && OptionTree.DriverOf(drivers, tree) is { IsProtocol: true, FilenameParser: not null, CheckFileName: null } driver)
        {
            // It is for this driver to say what the name means, whatever it begins with.
            RefuseSaidTwice(driver, tree);
            PutOptions(drivers, driver.ParseFilename(drivers, filename), tree);
            return;
        }

        if (ImageFilename.HasProtocol(filename))
        {
            PutProtocolFilename(drivers, tree, filename);
            return;
        }

        string protocol = drivers.FindByPath(filename).Name;
        if (OptionTree.DriverOf(drivers, tree) is { IsProtocol: true })
        {
            PutPath(tree, filename);
            return;
        }

        QDict inner = FileOf(tree);
        inner.TryAdd("driver", new QString(protocol));
        PutPath(inner, filename);
    }

    private static void PutPath(QDict options, string filename)
    {
        if (!options.TryAdd("filename", new QString(filename)))
        {
            throw new QmpException("Can't specify 'file' and 'filename' options at the same time");
        }
    }

    private static void PutOptions(BlockDriverRegistry drivers, BlockdevOptions parsed, QDict options)
    {
        foreach ((string key, QObject value) in (QDict)parsed.ToObject(drivers.Profile))
        {
            options.TryAdd(key, value);
        }
    }

    // What the name says is put down as if it had been given option by option.
    private static void PutProtocolFilename(BlockDriverRegistry drivers, QDict tree, string filename)
    {
        if (filename.StartsWith(FilenameOptions.JsonPrefix, StringComparison.Ordinal))
        {
            foreach ((string key, QObject value) in FilenameOptions.ReadJson(filename))
            {
                tree.TryAdd(key, value);
            }

            return;
        }

        FilenameOptions parsed = FilenameOptions.Parse(drivers, filename, format: null);
        bool isProtocol = tree.TryGetValue("driver", out QObject? driver) && driver is QString name && drivers.Find(name.Value)?.IsProtocol == true;
        QDict target = isProtocol || parsed.Complete is not null ? tree : FileOf(tree);
        RefuseSaidTwice(drivers.Find(parsed.File.Driver)!, target);
        PutOptions(drivers, parsed.Complete ?? parsed.File, target);
    }

    private static void RefuseSaidTwice(BlockDriverDescriptor protocol, QDict options)
    {
        foreach ((string key, QObject value) in options)
        {
            if (protocol.IsSaidByFilename(key))
            {
                string name = value is QDict inner ? $"{key}.{inner.First().Key}" : key;
                throw new QmpException($"Option '{name}' cannot be used with a file name");
            }
        }
    }

    private static QDict FileOf(QDict tree)
    {
        if (!tree.TryGetValue("file", out QObject? file) || file is not QDict inner)
        {
            inner = new QDict();
            tree.Put("file", inner);
        }

        return inner;
    }

    // Names of images show options as they were given.
    private static void KeepTexts(BlockNode node, QDict tree)
    {
        node.GivenTexts = tree;
        foreach (BlockChild child in node.Children)
        {
            if (tree.TryGetValue(child.Name, out QObject? options) && options is QDict inner)
            {
                KeepTexts(child.Node, inner);
            }
        }

        if (node.Driver.Descriptor.ChildListOption is { } list && tree.TryGetValue(list, out QObject? items) && items is QDict numbered)
        {
            foreach ((BlockChild child, KeyValuePair<string, QObject> item) in node.Children.Zip(numbered))
            {
                if (item.Value is QDict inner)
                {
                    KeepTexts(child.Node, inner);
                }
            }
        }
    }
}
