using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Encryption;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Filenames;
using QmpHost.Block.Loop;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2;

/// <summary>Opens images: header, tables, data file, backing file, and what must be put right before writing.</summary>
internal static class Qcow2Opener
{
    public static async ValueTask<Qcow2Image> OpenAsync(BlockOpenContext context)
    {
        var options = (BlockdevOptionsQcow2)context.Options.Branch!;
        if (options.Backing is BlockdevRefOrNull.Reference { Value: "" })
        {
            context.Node.Graph.Context.Report(ReportKind.Warning, "Use of \"backing\": \"\" is deprecated; use \"backing\": null instead");
        }

        BlockChild file = await context.OpenChildAsync(options.File, "file", ChildRole.Image);
        bool isNew = context.Node.Driver is Qcow2Driver { MakesImage: true };
        Qcow2Header header = await Qcow2HeaderReader.ReadAsync(file, context.ReadOnly, isNew);
        WarnOfStaleBitmaps(context, header);
        var geometry = new Qcow2Geometry(
            header.Version, header.ClusterBits, header.RefcountOrder, header.Has(IncompatibleFeatures.ExtendedL2));
        var settings = new Qcow2Settings(context.Node, options, header, geometry, context.Node.Flags.Unmap);
        Qcow2Encryption? encryption = await Qcow2Encryption.OpenAsync(file, options.Encrypt, header);

        BlockChild? dataFile = await OpenDataFileAsync(context, options, header);
        var image = new Qcow2Image(context.Node, file, dataFile, header, geometry, settings, encryption);
        await image.LoadAsync();
        await BackingOption.OpenAsync(context, options.Backing, header.BackingFile, header.BackingFormat);
        await image.LoadSnapshotsAsync();
        context.Node.Length = header.Size;
        if (context.Node.IsActive)
        {
            await TakeIntoUseAsync(image, context.ReadOnly);
        }

        return image;
    }

    /// <summary>Reads an image again that another process may have changed, over the same files.</summary>
    public static async ValueTask<Qcow2Image> OpenAgainAsync(Qcow2Image former)
    {
        Qcow2Header header = await Qcow2HeaderReader.ReadAsync(former.File, former.Node.ReadOnly);
        var geometry = new Qcow2Geometry(
            header.Version, header.ClusterBits, header.RefcountOrder, header.Has(IncompatibleFeatures.ExtendedL2));
        var image = new Qcow2Image(former.Node, former.File, former.ExternalDataFile, header, geometry, former.Settings, former.Encryption);
        await image.LoadAsync();
        await image.LoadSnapshotsAsync();
        former.Node.Length = header.Size;
        await TakeIntoUseAsync(image, former.Node.ReadOnly);
        return image;
    }

    private static async ValueTask TakeIntoUseAsync(Qcow2Image image, bool readOnly)
    {
        if (!readOnly)
        {
            await PrepareForWritingAsync(image);
        }

        await image.Bitmaps.LoadAsync(readOnly);
        if (!readOnly && image.Header.Has(IncompatibleFeatures.Dirty))
        {
            await Checking.Qcow2Repair.RepairDirtyAsync(image);
        }
    }

    private static void WarnOfStaleBitmaps(BlockOpenContext context, Qcow2Header header)
    {
        if (header.HasStaleBitmaps)
        {
            string found = header.Version < 3
                ? "This qcow2 v2 image contains bitmaps, but they may have been modified by a program without persistent bitmap "
                    + "support; so now they must all be considered inconsistent"
                : "a program lacking bitmap support modified this file, so all bitmaps are now considered inconsistent";
            context.Node.Graph.Context.Report(ReportKind.RequestWarning, found);
            context.Node.Graph.Context.Report(ReportKind.Hint, "Some clusters may be leaked, run 'qemu-img check -r' on the image file to fix.");
        }
    }

    private static async ValueTask<BlockChild?> OpenDataFileAsync(BlockOpenContext context, BlockdevOptionsQcow2 options, Qcow2Header header)
    {
        if (!header.Has(IncompatibleFeatures.ExternalData))
        {
            if (options.DataFile is { } useless)
            {
                // Its own errors come first.
                await context.OpenChildAsync(useless, "data-file", ChildRole.Data);
            }

            return (header.Autoclear & AutoclearFeatures.RawExternalData) != 0
                ? throw new QmpException("data-file-raw requires a data file")
                : options.DataFile is not null
                    ? throw new QmpException("'data-file' can only be set for images with an external data file")
                    : null;
        }

        BlockdevRef? reference = options.DataFile ?? (header.DataFile is { Length: > 0 } name ? FileRef(name) : null);
        if (reference is null)
        {
            throw new QmpException("'data-file' is required for this image");
        }

        context.Node.File!.Role &= ~ChildRole.Data;
        return await context.OpenChildAsync(reference, "data-file", ChildRole.Data);
    }

    private static BlockdevRef.Definition FileRef(string filename) => new(new BlockdevOptions.File
    {
        Filename = filename,
    });

    /// <summary>Puts right what must be before the first write.</summary>
    public static async ValueTask PrepareForWritingAsync(Qcow2Image image)
    {
        Qcow2Header header = image.Header;
        AutoclearFeatures known = header.Autoclear & AutoclearFeatures.Known;
        if (known != header.Autoclear || header.HasStaleBitmaps)
        {
            header.HasStaleBitmaps = false;
            header.Autoclear = known;
            await UpdateHeaderAsync(image);
        }
    }

    private static async ValueTask UpdateHeaderAsync(Qcow2Image image)
    {
        try
        {
            await HeaderUpdate.WriteAllAsync(image.File, image.Header);
            await image.File.FlushAsync();
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Could not update qcow2 header: {e.Message}", e);
        }
    }
}
