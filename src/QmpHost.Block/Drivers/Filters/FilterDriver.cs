using QmpHost.Block.Graph;

namespace QmpHost.Block.Drivers.Filters;

/// <summary>What filters with one child "file" have in common: every request is passed on unless the filter changes it.</summary>
internal abstract class FilterDriver : BlockDriver
{
    private const RequestFlags PassedZeroFlags = RequestFlags.Fua | RequestFlags.MayUnmap | RequestFlags.NoFallback;

    /// <summary>The children of such a filter.</summary>
    protected static readonly IReadOnlyDictionary<string, ChildRole> FileChild =
        new Dictionary<string, ChildRole> { ["file"] = ChildRole.Filtered | ChildRole.Primary };

    private BlockChild? _file;

    /// <inheritdoc/>
    public override RequestFlags SupportedWriteFlags => RequestFlags.WriteUnchanged | (File.Node.Driver.SupportedWriteFlags & RequestFlags.Fua);

    /// <inheritdoc/>
    public override RequestFlags SupportedZeroFlags
        => RequestFlags.WriteUnchanged | (File.Node.Driver.SupportedZeroFlags & PassedZeroFlags);

    /// <inheritdoc/>
    public override bool SupportsWriteZeroes => true;

    /// <inheritdoc/>
    public override bool SupportsDiscard => true;

    /// <summary>The node that is filtered.</summary>
    /// <exception cref="InvalidOperationException">The filter is not open.</exception>
    protected BlockChild File => _file ?? throw new InvalidOperationException("The filter is not open.");

    /// <inheritdoc/>
    public override ValueTask<long> GetLengthAsync() => ValueTask.FromResult(File.Node.Length);

    /// <inheritdoc/>
    public override long? LengthOfChild => File.Node.Length;

    /// <inheritdoc/>
    public override ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags) => File.ReadAsync(offset, buffer, flags);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
        => File.WriteAsync(offset, buffer, flags);

    /// <inheritdoc/>
    public override ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags)
        => File.WriteZeroesAsync(offset, bytes, flags);

    /// <inheritdoc/>
    public override ValueTask DiscardAsync(long offset, long bytes) => File.DiscardAsync(offset, bytes);

    /// <summary>Opens the child.</summary>
    /// <param name="context">The means to open it.</param>
    /// <param name="file">What the options say of it.</param>
    /// <param name="name">The edge's name.</param>
    /// <returns>A task that ends when it is attached.</returns>
    protected async ValueTask OpenFileAsync(BlockOpenContext context, Qapi.Schema.BlockdevRef file, string name = "file")
        => _file = await context.OpenChildAsync(file, name);
}
