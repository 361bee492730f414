using System.Globalization;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.PosixFile;
using QmpHost.Block.Drivers.Vpc;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Filenames;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers;

/// <summary>Makes the images that commands name by a filename, all but their size and backing file by default.</summary>
/// <remarks>Used in main turns only.</remarks>
internal static class ImageMaker
{
    private const long FirstSector = 512;
    private const string Raw = "raw";
    private const string Qcow2 = "qcow2";

    /// <summary>Makes an image, and says so on standard output as QEMU does.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="filename">Where.</param>
    /// <param name="format">The format's name.</param>
    /// <param name="size">The length of the disk in bytes.</param>
    /// <param name="backingFile">The name of the backing file, or null for none.</param>
    /// <param name="backingFormat">The backing file's format, or null for none.</param>
    /// <exception cref="QmpException">It could not be made.</exception>
    /// <returns>A task that ends when the image is there.</returns>
    public static async ValueTask CreateAsync(
        BlockGraph graph, string filename, string format, long size, string? backingFile = null, string? backingFormat = null)
    {
        BlockDriverDescriptor driver = graph.Drivers.Find(format) ?? throw new QmpException($"Unknown file format '{format}'");
        if (filename.StartsWith(FilenameOptions.JsonPrefix, StringComparison.Ordinal))
        {
            // Options can say what there is, not what is to be made.
            throw new QmpException("Unknown protocol 'json'");
        }

        BlockdevOptions file = FilenameOptions.Parse(graph.Drivers, filename, format: null).File;
        if (driver.Name != Raw && !driver.SupportsCreate)
        {
            throw new QmpException($"Format driver '{format}' does not support image creation");
        }

        CheckBacking(driver, filename, backingFile);
        graph.Context.Report(ReportKind.Output, Describe(filename, format, size, backingFile, backingFormat));
        if (driver.IsProtocol || driver.Name == Raw)
        {
            await CreateFileAsync(graph, file, size);
            return;
        }

        await CreateFileAsync(graph, file, 0);
        var image = new NewImage(new BlockdevRef.Definition(file), (ulong)size, backingFile, backingFormat is null ? null : graph.Drivers.Find(backingFormat)?.SchemaValue);
        try
        {
            await driver.CreateImage!(
                graph,
                BlockdevCreateOptions.Of(driver.SchemaValue!.Value, image.ToOptions(driver)),
                CancellationToken.None);
        }
        catch (QmpException) when (driver.Name == Qcow2)
        {
            // Of the formats, this one leaves nothing behind.
            FileCreation.TryRemove(file);
            throw;
        }
    }

    private static void CheckBacking(BlockDriverDescriptor driver, string filename, string? backingFile)
    {
        if (backingFile is null)
        {
            return;
        }

        if (!driver.SupportsBacking)
        {
            throw new QmpException($"Backing file not supported for file format '{driver.Name}'");
        }

        if (backingFile == filename)
        {
            throw new QmpException("Error: Trying to create an image with the same filename as the backing file");
        }
    }

    // Options in the order of QEMU's own lists: those of the format, of which some stand before the size.
    private static string Describe(string filename, string format, long size, string? backingFile, string? backingFormat)
    {
        string before = format == Qcow2 ? " cluster_size=65536 extended_l2=off compression_type=zlib" : "";
        string after = format switch
        {
            Qcow2 => " lazy_refcounts=off refcount_bits=16",
            "vmdk" => " compat6=off hwversion=undefined",
            "vdi" => " static=off",
            "vhdx" => " log_size=1048576 block_size=0",
            _ => "",
        };
        string backing = backingFile is null ? "" : $" backing_file={backingFile.Replace(",", ",,", StringComparison.Ordinal)}";
        string backingKind = backingFormat is null ? "" : $" backing_fmt={backingFormat}";
        return string.Create(CultureInfo.InvariantCulture, $"Formatting '{filename}', fmt={format}{before} size={size}{backing}{backingKind}{after}\n");
    }

    private static ValueTask CreateFileAsync(BlockGraph graph, BlockdevOptions file, long size)
    {
        BlockDriverDescriptor protocol = graph.Drivers.Find(file.Driver)!;
        return file.Branch is BlockdevOptionsFile { Filename: var path } && protocol.CreateImage is { } create
            ? create(
                graph,
                new BlockdevCreateOptions.File
                {
                    Filename = path,
                    Size = (ulong)size,
                },
                CancellationToken.None)
            : UseExistingAsync(graph, protocol, file, size);
    }

    // What cannot be made may be there, and long enough.
    private static async ValueTask UseExistingAsync(BlockGraph graph, BlockDriverDescriptor protocol, BlockdevOptions file, long size)
    {
        BlockNode node;
        try
        {
            node = await graph.OpenAsync(file);
        }
        catch (QmpException e)
        {
            throw new QmpException(
                e.ErrorClass, $"Protocol driver '{protocol.Name}' does not support image creation, and opening the image failed: {e.Message}");
        }

        var backend = new BlockBackend(graph, "", BlockPermissions.Write | BlockPermissions.Resize, BlockPermissions.All);
        try
        {
            backend.Insert(node);
            await ClearAsync(backend, protocol, size);
        }
        finally
        {
            await backend.DeleteAsync();
            await graph.UnrefAsync(node);
        }
    }

    private static async ValueTask ClearAsync(BlockBackend backend, BlockDriverDescriptor protocol, long size)
    {
        try
        {
            if (backend.Node.Length < size)
            {
                throw new QmpException(
                    $"Protocol driver '{protocol.Name}' does not support image creation, and the existing image is too small");
            }

            await backend.WriteZeroesAsync(0, Math.Min(backend.Node.Length, FirstSector));
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Failed to clear the new image's first sector: {e.Message}", e);
        }
    }

    // An image of each format, all but its size and backing file by default.
    private sealed record NewImage(BlockdevRef File, ulong Size, string? BackingFile, BlockdevDriver? BackingFormat)
    {
        public IBlockdevCreateOptionsBranch ToOptions(BlockDriverDescriptor driver) => driver.SchemaValue switch
        {
            BlockdevDriver.Qcow2 => new BlockdevCreateOptionsQcow2 { File = File, Size = Size, BackingFile = BackingFile, BackingFmt = BackingFormat },
            BlockdevDriver.Vmdk => new BlockdevCreateOptionsVmdk { File = File, Size = Size, BackingFile = BackingFile },
            BlockdevDriver.Vdi => new BlockdevCreateOptionsVdi { File = File, Size = Size },
            BlockdevDriver.Vhdx => new BlockdevCreateOptionsVhdx { File = File, Size = Size },
            BlockdevDriver.Vpc => new BlockdevCreateOptionsVpc { File = File, Size = VhdGeometry.RoundUp(Size) },
            _ => throw new QmpException("Parameter 'key-secret' is required for cipher"),
        };
    }
}
