using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>Opens the backing file that an image header names.</summary>
internal static class BackingFileOpener
{
    public static async ValueTask<BlockChild> OpenAsync(BlockOpenContext context, string backingFile, string? backingFormat)
    {
        string filename = ImageFilename.Combine(context.Node.File?.Node.Driver.ExactFilename ?? "", backingFile);
        try
        {
            BlockdevOptions options = OptionsFor(filename, backingFormat ?? await ProbeAsync(context, filename));
            return await context.OpenChildAsync(BlockdevRef.FromDefinition(options), "backing", ChildRole.Cow);
        }
        catch (QmpException e)
        {
            throw new QmpException(e.ErrorClass, $"Could not open backing file: {e.Message}");
        }
    }

    private static BlockdevOptions OptionsFor(string filename, string format)
    {
        BlockdevRef file = BlockdevRef.FromDefinition(new BlockdevOptions
        {
            Driver = BlockdevDriver.File,
            Branch = new BlockdevOptionsFile { Filename = filename },
        });
        return format switch
        {
            "raw" => new BlockdevOptions { Driver = BlockdevDriver.Raw, Branch = new BlockdevOptionsRaw { File = file } },
            "qcow2" => new BlockdevOptions { Driver = BlockdevDriver.Qcow2, Branch = new BlockdevOptionsQcow2 { File = file } },
            _ => throw new QmpException($"Unknown driver '{format}'"),
        };
    }

    private static async ValueTask<string> ProbeAsync(BlockOpenContext context, string filename)
    {
        BlockGraph graph = context.Node.Graph;
        BlockdevOptions options = new()
        {
            Driver = BlockdevDriver.File,
            ReadOnly = true,
            Branch = new BlockdevOptionsFile { Filename = filename },
        };
        BlockNode node = await graph.Opener.OpenAsync(options, NodeFlags.OfRoot(options));
        var backend = new BlockBackend(graph, "format probing", BlockPermissions.ConsistentRead, BlockPermissions.All);
        try
        {
            backend.Insert(node);
            byte[] head = new byte[Math.Min(2048, node.Length)];
            await backend.ReadAsync(0, head);
            return FormatProbe.Detect(head);
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Could not read image for determining its format: {e.Errno.Describe()}", e);
        }
        finally
        {
            await backend.RemoveAsync();
            await graph.UnrefAsync(node);
        }
    }
}
