using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Filenames;

/// <summary>The options that a filename stands for: a plain name, one with a protocol, or "json:" with the options themselves.</summary>
internal sealed class FilenameOptions
{
    /// <summary>What names begin with that are options in JSON.</summary>
    public const string JsonPrefix = "json:";

    private FilenameOptions(BlockdevOptions? complete, BlockdevOptions file)
    {
        Complete = complete;
        File = file;
    }

    /// <summary>The options of the node to open, or null if its format has to be found out first.</summary>
    public BlockdevOptions? Complete { get; }

    /// <summary>The options of the file that the image lies in; those of the node itself when it has none.</summary>
    public BlockdevOptions File { get; }

    /// <summary>Finds out what a name stands for.</summary>
    /// <param name="drivers">The drivers.</param>
    /// <param name="filename">The name.</param>
    /// <param name="format">The name of the image's format, or null if unknown.</param>
    /// <exception cref="QmpException">The name makes no sense.</exception>
    public static FilenameOptions Parse(BlockDriverRegistry drivers, string filename, string? format)
    {
        if (filename.StartsWith(JsonPrefix, StringComparison.Ordinal))
        {
            return ParseJson(drivers, filename, format);
        }

        BlockdevOptions file = ParseProtocol(drivers, filename);
        if (format is null)
        {
            return new FilenameOptions(null, file);
        }

        BlockDriverDescriptor descriptor = drivers.Find(format) ?? throw new QmpException($"Unknown driver '{format}'");
        return descriptor.IsProtocol
            ? new FilenameOptions(descriptor.ParseFilename(drivers, filename), file)
            : new FilenameOptions(Over(drivers, format, new BlockdevRef.Definition(file)), file);
    }

    /// <summary>The options of a format over a file.</summary>
    public static BlockdevOptions Over(BlockDriverRegistry drivers, string format, BlockdevRef file)
    {
        BlockDriverDescriptor descriptor = drivers.Find(format) ?? throw new QmpException($"Unknown driver '{format}'");
        IBlockdevOptionsBranch branch = descriptor.MakeBranch?.Invoke(file)
            ?? throw new QmpException($"Driver '{format}' cannot be used as an image format");
        return BlockdevOptions.Of(descriptor.SchemaValue!.Value, branch);
    }

    /// <summary>Reads a name that is options in JSON.</summary>
    /// <param name="filename">The name.</param>
    /// <exception cref="QmpException">It is not.</exception>
    /// <returns>The options as a tree.</returns>
    public static QDict ReadJson(string filename)
    {
        QObject parsed;
        try
        {
            parsed = JsonParser.Parse(filename[JsonPrefix.Length..]);
        }
        catch (QmpException e)
        {
            throw new QmpException(e.ErrorClass, $"Could not parse the JSON options: {e.Message}");
        }

        return OptionTree.FromFlat(parsed as QDict ?? throw new QmpException("Invalid JSON object given"));
    }

    private static BlockdevOptions ParseProtocol(BlockDriverRegistry drivers, string filename)
    {
        if (!ImageFilename.HasProtocol(filename))
        {
            return drivers.FindByPath(filename).ParseFilename(drivers, filename);
        }

        string protocol = filename[..filename.IndexOf(':', StringComparison.Ordinal)];
        BlockDriverDescriptor descriptor = drivers.FindByProtocol(protocol) ?? throw new QmpException($"Unknown protocol '{protocol}'");
        return descriptor.ParseFilename(drivers, filename);
    }

    private static FilenameOptions ParseJson(BlockDriverRegistry drivers, string filename, string? format)
    {
        QDict options = ReadJson(filename);
        if (format is not null)
        {
            // What is said beside the name counts more than what the name says.
            options.Put("driver", new QString(format));
        }

        if (options.TryGetValue("driver", out _))
        {
            BlockdevOptions complete = OptionTree.ToOptions(drivers, options);
            return new FilenameOptions(complete, complete);
        }

        if (!options.TryGetValue("file", out QObject? file))
        {
            throw new QmpException("Must specify either driver or file");
        }

        if (file is not QDict inner)
        {
            throw new QmpException("The format of a referenced node must be given");
        }

        inner.TryAdd("driver", new QString("file"));
        return new FilenameOptions(null, OptionTree.ToOptions(drivers, inner));
    }
}
