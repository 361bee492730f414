using System.Buffers.Binary;
using System.Globalization;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Filenames;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Vmdk;

/// <summary>Opens images: the descriptor, and the extents that it names.</summary>
internal static class VmdkOpener
{
    private const int MaxExtents = 4096;
    private const uint FooterMarker = 3;

    private static readonly string[] SeveralFiles =
        ["monolithicFlat", "vmfs", "vmfsSparse", "seSparse", "twoGbMaxExtentSparse", "twoGbMaxExtentFlat"];

    /// <summary>Opens an image.</summary>
    /// <exception cref="QmpException">It is damaged, or of a kind that is not known; in QEMU's words.</exception>
    public static async ValueTask<VmdkImage> OpenAsync(BlockOpenContext context)
    {
        var options = (BlockdevOptionsGenericCOWFormat)context.Options.Branch!;
        BlockChild file = await context.OpenChildAsync(options.File, "file", ChildRole.Image);
        if (file.Node.Length < VmdkSparseHeader.Magic.Length)
        {
            throw new QmpException("File is too small, not a valid image");
        }

        byte[] head = await ReadAsync(file, 0, VmdkSparseHeader.Size);
        if (!head.AsSpan().StartsWith(VmdkSparseHeader.Magic))
        {
            return await OpenDescribedAsync(context, file, 0, (int)Math.Min(file.Node.Length, VmdkDescriptor.MaxLength));
        }

        VmdkSparseHeader header = VmdkSparseHeader.Read(head);
        long start = (long)Math.Min(header.DescriptorSector, (ulong)file.Node.Length / BlockNode.SectorSize) * BlockNode.SectorSize;
        int length = (int)Math.Min(
            Math.Min(header.DescriptorLength * BlockNode.SectorSize, VmdkDescriptor.MaxLength), (ulong)(file.Node.Length - start));
        if (header.Capacity == 0 && header.DescriptorSector != 0)
        {
            return await OpenDescribedAsync(context, file, start, length);
        }

        VmdkDescriptor descriptor = VmdkDescriptor.Parse(await ReadAsync(file, start, length));
        return new VmdkImage(file, descriptor, start, length, [await OpenSparseAsync(context, file, "")]);
    }

    private static async ValueTask<VmdkImage> OpenDescribedAsync(BlockOpenContext context, BlockChild file, long start, int length)
    {
        VmdkDescriptor descriptor = VmdkDescriptor.Parse(await ReadAsync(file, start, length));
        if (descriptor.CreateType is not { } type)
        {
            throw new QmpException("invalid VMDK image descriptor");
        }

        if (!SeveralFiles.Contains(type))
        {
            throw new QmpException($"Unsupported image type '{type}'");
        }

        if (descriptor.Extents.Count is 0 or > MaxExtents)
        {
            throw new QmpException("invalid VMDK image descriptor");
        }

        file.Role &= ~ChildRole.Data;
        var extents = new List<VmdkExtent>();
        foreach (VmdkExtentLine line in descriptor.Extents)
        {
            extents.Add(await OpenExtentAsync(context, line, extents.Count));
        }

        return new VmdkImage(file, descriptor, start, length, extents);
    }

    private static async ValueTask<VmdkExtent> OpenExtentAsync(BlockOpenContext context, VmdkExtentLine line, int index)
    {
        long length = line.Sectors * BlockNode.SectorSize;
        if (line.FileName is not { } name)
        {
            return new VmdkZeroExtent { Length = length };
        }

        bool isSparse = line.Type == "SPARSE";
        string path = ImageFilename.Combine(BackingFileOpener.DirectoryOf(context.Node), name);
        BlockdevOptions options = FilenameOptions.Parse(context.Node.Graph.Drivers, path, format: null).File;
        BlockChild file = await context.OpenChildAsync(
            new BlockdevRef.Definition(options),
            string.Create(CultureInfo.InvariantCulture, $"extents.{index}"),
            isSparse ? ChildRole.Data | ChildRole.Metadata : ChildRole.Data);
        return isSparse
            ? await OpenSparseAsync(context, file, line.Type)
            : new VmdkFlatExtent(file, line.Offset * BlockNode.SectorSize, line.Type) { Length = length };
    }

    private static async ValueTask<VmdkSparseExtent> OpenSparseAsync(BlockOpenContext context, BlockChild file, string type)
    {
        byte[] head = await ReadAsync(file, 0, VmdkSparseHeader.Size);
        if (!head.AsSpan().StartsWith(VmdkSparseHeader.Magic))
        {
            throw new QmpException("Image not in VMDK format");
        }

        VmdkSparseHeader header = VmdkSparseHeader.Read(head);
        if (header.IsAtEnd)
        {
            header = await ReadFooterAsync(file);
        }

        header.Check(context.ReadOnly, file.Node.Length);
        var extent = new VmdkSparseExtent(file, header, type) { Length = (long)header.Capacity * BlockNode.SectorSize };
        await extent.CheckDirectoriesAsync();
        return extent;
    }

    // A stream ends with a marker, the header that counts, and a marker of the end.
    private static async ValueTask<VmdkSparseHeader> ReadFooterAsync(BlockChild file)
    {
        const int FooterLength = 3 * BlockNode.SectorSize;
        byte[] bytes = file.Node.Length >= FooterLength ? await ReadAsync(file, file.Node.Length - FooterLength, FooterLength) : new byte[FooterLength];
        bool isFooter = bytes.AsSpan(BlockNode.SectorSize).StartsWith(VmdkSparseHeader.Magic)
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8)) == 0
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(12)) == FooterMarker
            && !bytes.AsSpan(2 * BlockNode.SectorSize, 16).ContainsAnyExcept((byte)0);
        VmdkSparseHeader? header = isFooter ? VmdkSparseHeader.Read(bytes.AsSpan(BlockNode.SectorSize)) : null;
        return header is { IsAtEnd: false } ? header : throw new QmpException("Invalid footer");
    }

    private static async ValueTask<byte[]> ReadAsync(BlockChild file, long offset, int length)
    {
        byte[] bytes = new byte[length];
        try
        {
            await file.ReadAsync(offset, bytes);
            return bytes;
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Could not read from '{Graph.Queries.NodeFilename.Of(file.Node)}': {e.Message}", e);
        }
    }
}
