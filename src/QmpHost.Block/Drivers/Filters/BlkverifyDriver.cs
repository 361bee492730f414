using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Filenames;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Filters;

/// <summary>blkverify: does everything to a disk under test and to one that is right, and compares what is read.</summary>
internal sealed class BlkverifyDriver(BlockDriverDescriptor descriptor) : BlockDriver
{
    private const string Protocol = "blkverify";

    private BlockChild? _raw;
    private BlockChild? _test;

    /// <summary>What the driver is.</summary>
    public static BlockDriverDescriptor Table { get; } = new()
    {
        Name = "blkverify",
        SchemaValue = BlockdevDriver.Blkverify,
        Make = static table => new BlkverifyDriver(table),
        IsFilter = true,
        IsProtocol = true,
        Children = new Dictionary<string, ChildRole> { ["raw"] = ChildRole.Filtered | ChildRole.Primary, ["test"] = ChildRole.Data },
        IsStrongOption = static _ => false,
    };

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => descriptor;

    /// <inheritdoc/>
    public override string? ExactFilename
        => Raw.Node.Driver.ExactFilename is { } raw && Test.Node.Driver.ExactFilename is { } test ? $"{Protocol}:{raw}:{test}" : null;

    private BlockChild Raw => _raw ?? throw new InvalidOperationException("The node is not open.");

    private BlockChild Test => _test ?? throw new InvalidOperationException("The node is not open.");

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(BlockOpenContext context)
    {
        var options = (BlockdevOptionsBlkverify)context.Options.Branch!;
        _raw = await context.OpenChildAsync(options.Raw, "raw");
        _test = await context.OpenChildAsync(options.Test, "test");
    }

    /// <inheritdoc/>
    public override ValueTask<long> GetLengthAsync() => ValueTask.FromResult(Test.Node.Length);

    /// <inheritdoc/>
    public override async ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags)
    {
        byte[] right = new byte[buffer.Length];
        await BothAsync("read", offset, buffer.Length, Test.ReadAsync(offset, buffer, flags), Raw.ReadAsync(offset, right, flags));
        int same = buffer.Span.CommonPrefixLength(right);
        if (same < right.Length)
        {
            throw Mismatch("read", offset, buffer.Length, $"contents mismatch at offset {offset + same}");
        }
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
        => BothAsync("write", offset, buffer.Length, Test.WriteAsync(offset, buffer, flags), Raw.WriteAsync(offset, buffer, flags));

    // The disk that is right must stand, and the other follows.
    private static async Task<Errno> TryAsync(ValueTask request)
    {
        try
        {
            await request;
            return 0;
        }
        catch (BlockIOException e)
        {
            return e.Errno;
        }
    }

    private async ValueTask BothAsync(string what, long offset, long bytes, ValueTask test, ValueTask raw)
    {
        Errno[] errors = await Task.WhenAll(TryAsync(test), TryAsync(raw));
        if (errors[0] != errors[1])
        {
            throw Mismatch(what, offset, bytes, $"return value mismatch {-(int)errors[0]} != {-(int)errors[1]}");
        }

        if (errors[0] != 0)
        {
            throw new BlockIOException(errors[0]);
        }
    }

    // QEMU's program ends here; a host that may be one of many only fails the request.
    private BlockIOException Mismatch(string what, long offset, long bytes, string found)
    {
        Node.Graph.Context.Report(ReportKind.Remark, $"blkverify: {what} offset={offset} bytes={bytes} {found}");
        return new BlockIOException(Errno.EIO);
    }
}
