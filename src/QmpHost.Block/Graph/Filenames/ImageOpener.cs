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
    /// <param name="options">The options of the node, with keys such as "file.locking"; the format is option "driver".</param>
    /// <param name="probedRaw">Told that nobody gave the format and that the image looks like none.</param>
    /// <exception cref="QmpException">It could not be opened; nothing is left behind.</exception>
    /// <returns>The node, to which the caller holds a reference.</returns>
    public static async ValueTask<BlockNode> OpenAsync(BlockGraph graph, string? filename, QDict options, Action probedRaw)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(probedRaw);
        QDict tree = OptionTree.FromFlat(options);
        if (filename is not null)
        {
            PutFilename(graph.Drivers, tree, filename);
        }

        if (tree.TryGetValue("driver", out _))
        {
            return await graph.OpenAsync(OptionTree.ToOptions(graph.Drivers, tree));
        }

        string format = await ProbeAsync(graph, tree);
        tree.Put("driver", new QString(format));
        BlockNode node = await graph.OpenAsync(OptionTree.ToOptions(graph.Drivers, tree));
        if (node.Driver.TryMarkProbed())
        {
            probedRaw();
        }

        return node;
    }

    // A format gets the name for the file that it lies in, a protocol for itself.
    private static void PutFilename(BlockDriverRegistry drivers, QDict tree, string filename)
    {
        if (ImageFilename.HasProtocol(filename))
        {
            PutProtocolFilename(drivers, tree, filename);
            return;
        }

        string protocol = drivers.FindByPath(filename).Name;
        if (tree.TryGetValue("driver", out QObject? driver) && driver is QString name)
        {
            BlockDriverDescriptor descriptor = drivers.Find(name.Value) ?? throw new QmpException($"Unknown driver '{name.Value}'");
            if (descriptor.IsProtocol)
            {
                tree.Put("filename", new QString(filename));
                return;
            }
        }

        QDict inner = FileOf(tree);
        inner.TryAdd("driver", new QString(protocol));
        inner.Put("filename", new QString(filename));
    }

    // What the name says is put down as if it had been given option by option.
    private static void PutProtocolFilename(BlockDriverRegistry drivers, QDict tree, string filename)
    {
        FilenameOptions parsed = FilenameOptions.Parse(drivers, filename, format: null);
        bool isProtocol = tree.TryGetValue("driver", out QObject? driver) && driver is QString name && drivers.Find(name.Value)?.IsProtocol == true;
        QDict target = isProtocol || parsed.Complete is not null ? tree : FileOf(tree);
        RefuseSaidTwice(drivers.Find(parsed.File.Driver)!, target);
        foreach ((string key, QObject value) in (QDict)(parsed.Complete ?? parsed.File).ToObject(drivers.Profile))
        {
            target.TryAdd(key, value);
        }
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

    private static async ValueTask<string> ProbeAsync(BlockGraph graph, QDict tree)
    {
        if (!tree.TryGetValue("file", out QObject? file))
        {
            throw new QmpException("Must specify either driver or file");
        }

        if (file is not QDict inner)
        {
            throw new QmpException("The format of a referenced node must be given");
        }

        inner.TryAdd("driver", new QString("file"));
        BlockdevOptions options = OptionTree.ToOptions(graph.Drivers, inner);
        BlockNode node = await graph.OpenAsync(options with { NodeName = null, ReadOnly = true });
        try
        {
            return await BackingFileOpener.ProbeAsync(node);
        }
        finally
        {
            await graph.UnrefAsync(node);
        }
    }
}
