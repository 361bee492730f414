using QmpHost.Block.Core;
using QmpHost.Block.Drivers.PosixFile;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers;

/// <summary>The image above a drive's own that takes what is written, and that is gone with the host.</summary>
/// <remarks>Used in main turns only.</remarks>
public static class TemporaryOverlay
{
    private const string DefaultFolder = "/var/tmp";
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>Makes one, and opens it above a node.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="below">The node that stays as it is; it should be read-only.</param>
    /// <param name="isReadOnly">Whether nobody is to write to the overlay either.</param>
    /// <exception cref="QmpException">There is no room for it; nothing is left behind.</exception>
    /// <returns>The overlay, to which the caller holds a reference.</returns>
    public static async ValueTask<BlockNode> OpenAsync(BlockGraph graph, BlockNode below, bool isReadOnly)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(below);
        string path = MakeFile();
        try
        {
            BlockdevRef file = new BlockdevRef.Definition(
                new BlockdevOptions.File { Filename = path });
            await Qcow2.Qcow2Driver.Table.CreateImage!(
                graph,
                new BlockdevCreateOptions.Qcow2
                {
                    File = file,
                    Size = (ulong)below.Length,
                },
                CancellationToken.None);
            BlockNode overlay = await graph.OpenAsync(new BlockdevOptions.Qcow2
            {
                ReadOnly = isReadOnly,
                Cache = new BlockdevCacheOptions { Direct = false, NoFlush = true },
                File = file,
                Backing = new BlockdevRefOrNull.Reference(below.NodeName),
            });
            (overlay.PrimaryChild?.Node.Driver as FileDriver)?.Forget();
            return overlay;
        }
        finally
        {
            File.Delete(path);
        }
    }

    // Only the owner may see what is in it, from the beginning.
    private static string MakeFile()
    {
        string folder = Environment.GetEnvironmentVariable("TMPDIR") is { Length: > 0 } given ? given : DefaultFolder;
        string path = Path.Combine(folder, $"vl.{string.Concat(Random.Shared.GetItems<char>(Letters, 6))}");
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using var file = new FileStream(path, options);
            return path;
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            throw new QmpException($"Could not open temporary file '{folder}/vl.XXXXXX': {FileFailure.ErrnoOf(e, path).Describe()}", e);
        }
    }
}
