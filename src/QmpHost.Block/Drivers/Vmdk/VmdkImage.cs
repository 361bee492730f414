using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Vmdk;

/// <summary>An open image: its extents, and its descriptor.</summary>
/// <param name="file">The file of the descriptor.</param>
/// <param name="descriptor">The descriptor.</param>
/// <param name="descriptorOffset">Where it lies in the file, in bytes.</param>
/// <param name="descriptorLength">How many bytes it may take.</param>
/// <param name="extents">The extents, in the order of the disk.</param>
internal sealed class VmdkImage(
    BlockChild file, VmdkDescriptor descriptor, long descriptorOffset, int descriptorLength, IReadOnlyList<VmdkExtent> extents)
{
    private readonly long[] _ends = EndsOf(extents);
    private bool _hasChanged;
    private bool _parentIsKnown;

    public IReadOnlyList<VmdkExtent> Extents => extents;

    /// <summary>Length of the disk in bytes.</summary>
    public long Length => _ends.Length == 0 ? 0 : _ends[^1];

    /// <summary>The unit of allocation in bytes; 0 for a disk that is allocated as a whole.</summary>
    public long GrainBytes => extents.Count == 0 ? 0 : extents[0].GrainBytes;

    /// <summary>The name of the image below, or null.</summary>
    public string? ParentName => descriptor.ParentName;

    /// <summary>Changes when the disk's contents do.</summary>
    public uint ContentId { get; private set; } = descriptor.ContentId;

    /// <summary>Finds the extent that holds a byte of the disk.</summary>
    /// <returns>The extent, and where it begins on the disk.</returns>
    public (VmdkExtent Extent, long Start) FindExtent(long offset)
    {
        int index = Array.BinarySearch(_ends, offset);
        index = index >= 0 ? index + 1 : ~index;
        while (extents[index].Length == 0)
        {
            index++;
        }

        return (extents[index], _ends[index] - extents[index].Length);
    }

    /// <summary>Whether an image is the one that this was laid on, by its content id; asked once.</summary>
    public bool AcceptsParent(uint contentId)
    {
        _parentIsKnown |= contentId == descriptor.ParentContentId;
        return _parentIsKnown;
    }

    /// <summary>After the first write: whatever lies on this image must see that it is another one now.</summary>
    public async ValueTask NoteChangeAsync(DateTimeOffset time)
    {
        if (_hasChanged)
        {
            return;
        }

        _hasChanged = true;
        byte[] bytes = new byte[descriptorLength];
        await file.ReadAsync(descriptorOffset, bytes);
        ContentId = (uint)time.ToUnixTimeSeconds();
        if (VmdkDescriptor.WithContentId(bytes, ContentId) is { } changed)
        {
            await file.WriteAsync(descriptorOffset, changed);
        }
    }

    /// <summary>What listings show.</summary>
    public ImageInfoSpecificVmdk Describe() => new()
    {
        CreateType = descriptor.CreateType ?? "",
        Cid = ContentId,
        ParentCid = descriptor.ParentContentId,
        Extents = [.. extents.Select(static extent => extent.Describe())],
    };

    private static long[] EndsOf(IReadOnlyList<VmdkExtent> extents)
    {
        long[] ends = new long[extents.Count];
        long end = 0;
        for (int i = 0; i < ends.Length; i++)
        {
            end = checked(end + extents[i].Length);
            ends[i] = end;
        }

        return ends;
    }
}
