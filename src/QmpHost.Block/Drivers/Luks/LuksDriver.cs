using System.Buffers;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Encryption;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Permissions;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Luks;

/// <summary>luks: a disk that is encrypted as a whole.</summary>
internal sealed class LuksDriver(BlockDriverDescriptor descriptor) : BlockDriver
{
    private const int MaxPiece = 1 << 20;

    private LuksVolume? _volume;
    private BlockChild? _file;
    private BlockChild? _header;

    // The key slots are written however the disk itself was opened, and by nobody else meanwhile.
    private int _amendments;

    /// <summary>What the driver is.</summary>
    public static BlockDriverDescriptor Table { get; } = new()
    {
        Name = "luks",
        ReopenOptions = [],
        Children = new Dictionary<string, ChildRole> { ["header"] = ChildRole.Metadata },
        SchemaValue = BlockdevDriver.Luks,
        Make = static table => new LuksDriver(table),
        SupportsAmend = true,
        MakeBranch = static file => new BlockdevOptionsLUKS { File = file },
        Probe = static head => LuksHeader.Probe(head) ? 100 : 0,
        CreateImage = static (graph, options, _) => LuksCreator.CreateAsync(graph, (BlockdevCreateOptionsLUKS)options.Branch!),
    };

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => descriptor;

    /// <inheritdoc/>
    public override RequestFlags SupportedWriteFlags => File.Node.Driver.SupportedWriteFlags & RequestFlags.Fua;

    private BlockChild File => _file ?? throw new InvalidOperationException("The image is not open.");

    private LuksVolume Volume => _volume ?? throw new InvalidOperationException("The image is not open.");

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(BlockOpenContext context)
    {
        var options = (BlockdevOptionsLUKS)context.Options.Branch!;
        _file = await context.OpenChildAsync(options.File, "file", ChildRole.Image);
        _header = options.Header is null ? null : await context.OpenChildAsync(options.Header, "header", ChildRole.Metadata);
        var area = new LuksFileArea(_header ?? _file, 0, long.MaxValue);
        _volume = await LuksVolume.OpenAsync(Node.Graph.Context.Surroundings, area, options.KeySecret, "", _header is not null);
    }

    /// <inheritdoc/>
    public override ValueTask CloseAsync()
    {
        _volume?.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask<long> GetLengthAsync()
    {
        long length = File.Node.Length - Volume.Header.PayloadOffset;
        return length >= 0 ? ValueTask.FromResult(length) : throw new BlockIOException(Errno.EIO);
    }

    /// <inheritdoc/>
    public override BlockLimits RefreshLimits(BlockLimits inherited) => inherited with { RequestAlignment = SectorCipher.SectorSize };

    /// <inheritdoc/>
    public override async ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags)
    {
        await File.ReadAsync(Volume.Header.PayloadOffset + offset, buffer);
        Volume.Cipher.Decrypt(offset / SectorCipher.SectorSize, buffer.Span);
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        byte[] encrypted = ArrayPool<byte>.Shared.Rent(Math.Min(buffer.Length, MaxPiece));
        try
        {
            while (!buffer.IsEmpty)
            {
                int length = Math.Min(buffer.Length, MaxPiece);
                Volume.Cipher.Encrypt(offset / SectorCipher.SectorSize, buffer.Span[..length], encrypted);
                await File.WriteAsync(Volume.Header.PayloadOffset + offset, encrypted.AsMemory(0, length), flags);
                buffer = buffer[length..];
                offset += length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(encrypted);
        }
    }

    /// <inheritdoc/>
    public override ValueTask TruncateAsync(long length, bool exact, PreallocMode preallocation, bool zeroNew)
    {
        long payload = Volume.Header.PayloadOffset;
        return length <= long.MaxValue - payload
            ? File.TruncateAsync(length + payload, exact, preallocation)
            : throw new QmpException("The requested file size is too large");
    }

    /// <inheritdoc/>
    public override (BlockPermissions Used, BlockPermissions Shared) GetChildPermissions(
        BlockChild child, BlockPermissions needed, BlockPermissions shared)
        => child.Name == "header"
            ? (BlockPermissions.ConsistentRead | (_amendments == 0 ? BlockPermissions.None : BlockPermissions.Write), BlockPermissions.All)
            : _amendments == 0
            ? (needed | BlockPermissions.ConsistentRead, shared)
            : (needed | BlockPermissions.ConsistentRead | BlockPermissions.Write, shared & ~(BlockPermissions.ConsistentRead | BlockPermissions.Write));

    /// <inheritdoc/>
    public override void BeginAmend()
    {
        _amendments++;
        try
        {
            PermissionUpdate.Run([Node]);
        }
        catch
        {
            _amendments--;
            throw;
        }
    }

    /// <inheritdoc/>
    public override void EndAmend()
    {
        _amendments--;
        PermissionUpdate.Run([Node]);
    }

    /// <inheritdoc/>
    public override ValueTask AmendAsync(BlockdevAmendOptions options, bool force)
    {
        var change = (BlockdevAmendOptionsLUKS)options.Branch!;
        var slots = new QCryptoBlockAmendOptionsLUKS
        {
            State = change.State,
            NewSecret = change.NewSecret,
            OldSecret = change.OldSecret,
            Keyslot = change.Keyslot,
            IterTime = change.IterTime,
            Secret = change.Secret,
        };
        return Volume.AmendAsync(Node.Graph.Context.Surroundings, slots, force);
    }

    /// <inheritdoc/>
    public override ValueTask<BlockDriverInfo> GetInfoAsync() => ValueTask.FromResult(new BlockDriverInfo
    {
        IsEncrypted = true,
        FormatSpecific = new ImageInfoSpecific.Luks
        {
            Data = Volume.Describe(),
        },
    });
}
