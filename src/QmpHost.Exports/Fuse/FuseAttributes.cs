using System.Buffers.Binary;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;

namespace QmpHost.Exports.Fuse;

/// <summary>The attributes of the one file of an export.</summary>
/// <remarks>Used on the host's loop only.</remarks>
/// <param name="disk">What the file shows.</param>
internal sealed class FuseAttributes(FuseDisk disk)
{
    private const uint SetMode = 1;
    private const uint SetUser = 2;
    private const uint SetGroup = 4;
    private const uint SetSize = 8;

    // Handle, lock owner and the wish to drop set-user-ID bits are no attributes.
    private const uint Ignored = 64 | 512 | 2048;
    private const uint OwnerOnly = 0x3F;
    private const uint AnyWrite = 0x92;
    private const uint RegularFile = 0x8000;
    private const uint PermissionBits = 0xFFF;
    private const int SizeWithoutHeader = 88;

    private uint _mode = RegularFile | (disk.IsWritable ? 0x180u : 0x100u);
    private uint _user = FuseMount.GetUserId();
    private uint _group = FuseMount.GetGroupId();

    /// <summary>Answers with the attributes.</summary>
    /// <returns>A task with the answer.</returns>
    public async ValueTask<FuseAnswer> GetAsync()
    {
        BlockNode node = disk.Backend.Node;
        long length = node.Length;
        long allocated = await node.Driver.GetAllocatedSizeAsync() ?? 0;
        FuseAnswer answer = FuseAnswer.OfSize(16 + SizeWithoutHeader);
        Span<byte> data = answer.Data.Span;

        // They may be kept for a second.
        BinaryPrimitives.WriteInt64LittleEndian(data, 1);
        Write(data[16..], length, ((allocated > 0 ? allocated : length) + 511) / 512, (uint)node.Limits.RequestAlignment);
        return answer;
    }

    /// <summary>Changes some of them.</summary>
    /// <param name="request">The request.</param>
    /// <returns>A task with the answer.</returns>
    public async ValueTask<FuseAnswer> SetAsync(FuseRequest request)
    {
        uint given = request.ReadUInt32(0) & ~Ignored;
        uint mode = request.ReadUInt32(68);
        Errno error = Check(given, mode);
        if (error != Errno.None)
        {
            return FuseAnswer.Failure(error);
        }

        if ((given & SetSize) != 0)
        {
            await disk.ResizeAsync(request.ReadInt64(16));
        }

        if ((given & SetMode) != 0)
        {
            _mode = RegularFile | (mode & PermissionBits);
        }

        _user = (given & SetUser) != 0 ? request.ReadUInt32(76) : _user;
        _group = (given & SetGroup) != 0 ? request.ReadUInt32(80) : _group;
        return await GetAsync();
    }

    // Everything is checked before anything is changed.
    private Errno Check(uint given, uint mode)
    {
        uint known = SetSize | SetMode | (disk.AllowsOther ? SetUser | SetGroup : 0);
        if ((given & ~known) != 0)
        {
            return Errno.ENOTSUP;
        }

        if ((given & SetMode) != 0)
        {
            if (!disk.AllowsOther && (mode & OwnerOnly) != 0)
            {
                return Errno.EPERM;
            }

            if (!disk.IsWritable && (mode & AnyWrite) != 0)
            {
                return Errno.EROFS;
            }
        }

        return (given & SetSize) != 0 && !disk.IsWritable ? Errno.EACCES : Errno.None;
    }

    private void Write(Span<byte> data, long length, long blocks, uint blockSize)
    {
        long now = disk.Backend.Graph.Context.Clock.GetUtcNow().ToUnixTimeSeconds();
        const long root = 1;
        long[] longs = [root, length, blocks, now, now, now];
        uint[] integers = [0, 0, 0, _mode, 1, _user, _group, 0, blockSize, 0];
        for (int i = 0; i < longs.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(data[(i * sizeof(long))..], longs[i]);
        }

        for (int i = 0; i < integers.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(data[((longs.Length * sizeof(long)) + (i * sizeof(uint)))..], integers[i]);
        }
    }
}
