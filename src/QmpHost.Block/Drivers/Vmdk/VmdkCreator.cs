using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Filenames;
using QmpHost.Block.Graph.Queries;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Vmdk;

/// <summary>Makes VMDK images: the extents, then the descriptor, without which they are nothing.</summary>
internal sealed class VmdkCreator
{
    private const long MaxExtentBytes = 2L << 30;
    private const string StandardHardware = "4";
    private const string StandardTools = "2147483647";
    private const int SectorsPerTrack = 63;

    private readonly BlockGraph _graph;
    private readonly BlockdevCreateOptionsVmdk _options;
    private readonly BlockdevVmdkSubformat _subformat;
    private readonly bool _isFlat;
    private readonly bool _isSplit;

    private VmdkCreator(BlockGraph graph, BlockdevCreateOptionsVmdk options)
    {
        _graph = graph;
        _options = options;
        _subformat = options.Subformat ?? BlockdevVmdkSubformat.MonolithicSparse;
        _isFlat = _subformat is BlockdevVmdkSubformat.MonolithicFlat or BlockdevVmdkSubformat.TwoGbMaxExtentFlat;
        _isSplit = _subformat is BlockdevVmdkSubformat.TwoGbMaxExtentFlat or BlockdevVmdkSubformat.TwoGbMaxExtentSparse;
    }

    public static async ValueTask CreateAsync(BlockGraph graph, BlockdevCreateOptionsVmdk options)
        => await new VmdkCreator(graph, options).CreateAsync();

    private async ValueTask CreateAsync()
    {
        if (_options.Size % BlockNode.SectorSize != 0 || _options.Size > (ulong)BlockNode.MaxLength)
        {
            throw new QmpException("Image size must be a multiple of 512 bytes");
        }

        CheckOptions();
        await using ImageTarget target = await ImageTarget.OpenAsync(_graph, _options.File);
        uint parentContentId = await ReadParentAsync(target.Child.Node);
        List<string> lines = await WriteExtentsAsync(target);
        await WriteDescriptorAsync(target, lines, parentContentId);
    }

    private void CheckOptions()
    {
        if (_isFlat && _options.BackingFile is not null)
        {
            throw new QmpException("Flat image can't have backing file");
        }

        if (_isFlat && (_options.ZeroedGrain ?? false))
        {
            throw new QmpException("Flat image can't enable zeroed grain");
        }
    }

    private async ValueTask<uint> ReadParentAsync(BlockNode file)
    {
        if (_options.BackingFile is not { } name)
        {
            return VmdkDescriptor.NoContent;
        }

        string path = ImageFilename.Combine(BackingFileOpener.DirectoryOf(file), name);
        BlockNode node = await ImageOpener.OpenAsync(_graph, path, new QDict { ["read-only"] = new QString("on") }, static _ => { });
        try
        {
            return node.Driver is VmdkDriver parent
                ? parent.ContentId
                : throw new QmpException($"Invalid backing file format: {node.Driver.Descriptor.Name}. Must be vmdk");
        }
        finally
        {
            await _graph.UnrefAsync(node);
        }
    }

    // The first extent of an image in one file is that file itself.
    private async ValueTask<List<string>> WriteExtentsAsync(ImageTarget target)
    {
        var lines = new List<string>();
        bool isSingleFile = !_isFlat && !_isSplit;
        IReadOnlyList<BlockdevRef> references = _options.Extents ?? [];
        long remaining = (long)_options.Size;
        int index = 0;
        do
        {
            long bytes = _isSplit ? Math.Min(remaining, MaxExtentBytes) : remaining;
            if (isSingleFile)
            {
                lines.Add(await WriteExtentAsync(target, bytes));
            }
            else
            {
                BlockdevRef reference = index < references.Count
                    ? references[index]
                    : throw new QmpException(string.Create(CultureInfo.InvariantCulture, $"Extent [{index}] not specified"));
                await using ImageTarget extent = await ImageTarget.OpenAsync(_graph, reference);
                lines.Add(await WriteExtentAsync(extent, bytes));
                index++;
            }

            remaining -= bytes;
        }
        while (remaining > 0);

        return index < references.Count ? throw new QmpException("List of extents contains unused extents") : lines;
    }

    private async ValueTask<string> WriteExtentAsync(ImageTarget extent, long bytes)
    {
        string name = Path.GetFileName(NodeFilename.Of(extent.Child.Node));
        long sectors = bytes / BlockNode.SectorSize;
        if (_isFlat)
        {
            await extent.Child.TruncateAsync(bytes);
            return string.Create(CultureInfo.InvariantCulture, $"RW {sectors} FLAT \"{name}\" 0");
        }

        await WriteSparseAsync(
            extent,
            VmdkSparseHeader.Lay(bytes, _subformat == BlockdevVmdkSubformat.StreamOptimized, _options.ZeroedGrain ?? false));
        return string.Create(CultureInfo.InvariantCulture, $"RW {sectors} SPARSE \"{name}\"");
    }

    private static async ValueTask WriteSparseAsync(ImageTarget extent, VmdkSparseHeader header)
    {
        long end = (long)header.FirstGrain * BlockNode.SectorSize;
        await extent.Child.TruncateAsync(end);
        await extent.Child.WriteZeroesAsync(0, end);
        await WriteDirectoryAsync(extent, header, header.RedundantDirectory);
        await WriteDirectoryAsync(extent, header, header.Directory);
        await extent.WriteAsync(0, header.ToBytes());
    }

    // All tables are there from the start, one after the other behind the directory.
    private static async ValueTask WriteDirectoryAsync(ImageTarget extent, VmdkSparseHeader header, ulong sector)
    {
        byte[] directory = new byte[header.DirectorySectors * BlockNode.SectorSize];
        ulong table = sector + header.DirectorySectors;
        for (int i = 0; i < header.DirectoryEntries; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(directory.AsSpan(i * sizeof(uint)), (uint)table);
            table += header.TableSectors;
        }

        await extent.WriteAsync((long)sector * BlockNode.SectorSize, directory);
    }

    private async ValueTask WriteDescriptorAsync(ImageTarget target, List<string> lines, uint parentContentId)
    {
        int heads = (_options.AdapterType ?? BlockdevVmdkAdapterType.Ide) == BlockdevVmdkAdapterType.Ide ? 16 : 255;
        var data = new VmdkDiskData(
            _options.Hwversion ?? StandardHardware,
            _options.Toolsversion ?? StandardTools,
            (_options.AdapterType ?? BlockdevVmdkAdapterType.Ide).ToWire(),
            (long)_options.Size / (SectorsPerTrack * heads * BlockNode.SectorSize),
            heads);
        uint contentId = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint)));
        string text = VmdkDescriptor.Write(contentId, parentContentId, _subformat.ToWire(), _options.BackingFile, lines, data);
        bool isSingleFile = !_isFlat && !_isSplit;
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        await target.WriteAsync(isSingleFile ? BlockNode.SectorSize : 0, bytes, "Could not write description");
        if (!isSingleFile)
        {
            await target.Child.TruncateAsync(bytes.Length);
        }
    }
}
