using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Filters;

/// <summary>compress: a filter whose writes reach the image below in compressed form, cluster by cluster.</summary>
internal sealed class CompressDriver(BlockDriverDescriptor descriptor) : FilterDriver
{
    /// <summary>What the driver is.</summary>
    public static BlockDriverDescriptor Table { get; } = new()
    {
        Name = "compress",
        SchemaValue = BlockdevDriver.Compress,
        Make = static table => new CompressDriver(table),
        IsFilter = true,
        Children = FileChild,
        IsStrongOption = static _ => false,
    };

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => descriptor;

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(BlockOpenContext context)
    {
        await OpenFileAsync(context, ((BlockdevOptionsGenericFormat)context.Options.Branch!).File);
        if (!File.Node.Driver.TakesCompressedWrites)
        {
            throw new QmpException($"Compression is not supported for underlying format: {File.Node.Driver.Descriptor.Name}");
        }
    }

    /// <summary>Whole clusters, so that the generic layer reads what is missing of one.</summary>
    /// <param name="inherited">The strictest limits of the children.</param>
    /// <returns>The limits.</returns>
    public override BlockLimits RefreshLimits(BlockLimits inherited)
        => File.Node.ClusterSize is > 0 and var cluster ? inherited with { RequestAlignment = (int)cluster } : inherited;

    /// <inheritdoc/>
    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
        => File.WriteAsync(offset, buffer, flags | RequestFlags.WriteCompressed);
}
