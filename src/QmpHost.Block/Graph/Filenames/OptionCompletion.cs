using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Filenames;

/// <summary>Finds the drivers that a tree of options leaves out: that of files whose name it gives, and formats, which are probed.</summary>
/// <param name="graph">The graph in which images are looked into.</param>
internal sealed class OptionCompletion(BlockGraph graph)
{
    private const string Driver = "driver";
    private const string File = "file";
    private const string Backing = "backing";
    private const string Filename = "filename";

    // Children that hold bytes and no format, unless a driver is given.
    private static readonly string[] Protocols = [File, "image", "raw", "data-file", "log"];
    private static readonly string[] Formats = ["test", "target"];

    /// <summary>Puts drivers where there are none, from the file upwards.</summary>
    /// <param name="options">The options of a node, which are changed.</param>
    /// <exception cref="QmpException">A driver cannot be found.</exception>
    public async ValueTask CompleteAsync(QDict options)
    {
        await CompleteChildAsync(options, File);
        if (!options.ContainsKey(Driver))
        {
            options.Put(Driver, new QString(await ProbeAsync(options)));
        }

        BlockDriverDescriptor descriptor = OptionTree.DriverOf(graph.Drivers, options)!;
        if (descriptor.OpensFileFirst && !options.ContainsKey(File))
        {
            throw new QmpException("A block device must be specified for \"file\"");
        }

        foreach (string name in Protocols.Concat(Formats).Where(static name => name != File))
        {
            await CompleteChildAsync(options, name);
        }

        if (descriptor.SupportsBacking)
        {
            await CompleteBackingAsync(options);
        }

        if (descriptor.ChildListOption is { } list && options.TryGetValue(list, out QObject? children) && children is QDict numbered)
        {
            foreach ((_, QObject child) in numbered)
            {
                await CompleteChildAsync(child as QDict, isProtocol: false);
            }
        }
    }

    private ValueTask CompleteChildAsync(QDict options, string name)
        => CompleteChildAsync(options.TryGetValue(name, out QObject? child) ? child as QDict : null, Protocols.Contains(name));

    private async ValueTask CompleteBackingAsync(QDict options)
    {
        if (!options.TryGetValue(Backing, out QObject? given) || given is not QDict backing)
        {
            return;
        }

        (string? filename, string? format) = IsComplete(backing) ? (null, null) : await ReadHeaderAsync(options);
        try
        {
            TakeFromHeader(backing, filename, format);
            await CompleteChildAsync(backing, isProtocol: false);
            _ = OptionTree.ToOptions(graph.Drivers, backing);
        }
        catch (QmpException e)
        {
            throw BackingFileOpener.Failure(e);
        }
    }

    private static bool IsComplete(QDict backing) => backing.ContainsKey(Driver) && HasFilename(backing);

    private static bool HasFilename(QDict backing)
        => backing.TryGetValue(File, out QObject? file) && (file is not QDict inner || inner.ContainsKey(Filename));

    /// <summary>What options leave open of a backing file is what the image's header says: its name and its format.</summary>
    private void TakeFromHeader(QDict backing, string? filename, string? format)
    {
        if (format is not null)
        {
            backing.TryAdd(Driver, new QString(format));
        }

        if (filename is null || HasFilename(backing) || ImageFilename.HasProtocol(filename)
            || (backing.ContainsKey(Driver) && OptionTree.DriverOf(graph.Drivers, backing) is { IsProtocol: true }))
        {
            return;
        }

        if (!backing.TryGetValue(File, out QObject? file) || file is not QDict inner)
        {
            inner = new QDict();
            backing.Put(File, inner);
        }

        inner.Put(Filename, new QString(filename));
    }

    private async ValueTask<(string? Filename, string? Format)> ReadHeaderAsync(QDict options)
    {
        var alone = new QDict();
        foreach ((string key, QObject value) in options)
        {
            alone.Put(key, value);
        }

        alone.Put(Backing, QNull.Instance);
        BlockNode node = await graph.OpenAsync(OptionTree.ToOptions(graph.Drivers, alone) with { NodeName = null, ReadOnly = true });
        try
        {
            string? name = node.Driver.BackingFilename;
            return (name is null ? null : ImageFilename.Combine(BackingFileOpener.DirectoryOf(node), name), node.Driver.BackingFormat);
        }
        finally
        {
            await graph.UnrefAsync(node);
        }
    }

    private async ValueTask CompleteChildAsync(QDict? child, bool isProtocol)
    {
        if (child is null)
        {
            return;
        }

        if (isProtocol && !child.ContainsKey(Driver) && child.TryGetValue(Filename, out _))
        {
            child.Put(Driver, new QString(File));
        }

        await CompleteAsync(child);
    }

    private async ValueTask<string> ProbeAsync(QDict options)
    {
        if (!options.TryGetValue(File, out QObject? file))
        {
            throw new QmpException("Must specify either driver or file");
        }

        if (file is not QDict inner)
        {
            // A name of a node: looked into as it is.
            return await BackingFileOpener.ProbeAsync(graph.LookUp(((QString)file).Value));
        }

        BlockdevOptions opened = OptionTree.ToOptions(graph.Drivers, inner);
        BlockNode node = await graph.OpenAsync(opened with { NodeName = null, ReadOnly = true, Cache = opened.Cache ?? CacheOf(options) });
        try
        {
            return await BackingFileOpener.ProbeAsync(node);
        }
        finally
        {
            await graph.UnrefAsync(node);
        }
    }

    // The file is opened as it will be below the format.
    private static BlockdevCacheOptions? CacheOf(QDict options)
        => options.TryGetValue("cache", out QObject? cache) && cache is QDict { Count: > 0 } switches
            ? BlockdevCacheOptions.Visit(new QapiInputVisitor(VersionProfile.Default, InputNotation.Driver), "cache", switches)
            : null;
}
