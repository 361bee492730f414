using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Queries;

namespace QmpHost.Block.Jobs;

/// <summary>What the filters that jobs insert have in common: they pass everything on to their child "backing".</summary>
/// <param name="descriptor">What the filter is.</param>
internal abstract class JobFilterDriver(BlockDriverDescriptor descriptor) : BlockDriver
{
    private const RequestFlags ZeroFlags = RequestFlags.Fua | RequestFlags.MayUnmap | RequestFlags.NoFallback;

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => descriptor;

    /// <inheritdoc/>
    public override RequestFlags SupportedWriteFlags => RequestFlags.WriteUnchanged | (Below.Node.Driver.SupportedWriteFlags & RequestFlags.Fua);

    /// <inheritdoc/>
    public override RequestFlags SupportedZeroFlags => RequestFlags.WriteUnchanged | (Below.Node.Driver.SupportedZeroFlags & ZeroFlags);

    /// <summary>A filter that is made open has no limits of its own, and those of its child are found there.</summary>
    /// <inheritdoc/>
    public override BlockLimits RefreshLimits(BlockLimits inherited) => new();

    /// <inheritdoc/>
    public override bool SupportsWriteZeroes => true;

    /// <inheritdoc/>
    public override bool SupportsDiscard => true;

    /// <inheritdoc/>
    public override string? ExactFilename => NodeFilename.Of(Below.Node);

    /// <summary>The table of a filter that no options describe.</summary>
    /// <param name="name">The name that listings show.</param>
    protected static BlockDriverDescriptor Describe(string name) => new()
    {
        Name = name,
        IsFilter = true,
        Make = static descriptor => throw new NotSupportedException($"Only jobs make '{descriptor.Name}' nodes."),
    };

    /// <summary>The edge to the node that is filtered.</summary>
    protected BlockChild Below => Node.FilteredChild ?? throw new BlockIOException(Errno.ENOMEDIUM);

    /// <inheritdoc/>
    public override ValueTask OpenAsync(BlockOpenContext context) => throw new NotSupportedException("The node is made open.");

    /// <inheritdoc/>
    public override ValueTask<long> GetLengthAsync() => ValueTask.FromResult(Below.Node.Length);

    /// <inheritdoc/>
    public override long? LengthOfChild => Node.FilteredChild?.Node.Length;

    /// <inheritdoc/>
    public override ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags) => Below.ReadAsync(offset, buffer, flags);
}
