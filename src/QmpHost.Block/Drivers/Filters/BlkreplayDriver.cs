using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Filters;

/// <summary>blkreplay: puts requests in the order of a record. Nothing is recorded or replayed here, so that it only passes them on.</summary>
internal sealed class BlkreplayDriver(BlockDriverDescriptor descriptor) : FilterDriver
{
    /// <summary>What the driver is.</summary>
    public static BlockDriverDescriptor Table { get; } = new()
    {
        Name = "blkreplay",
        SchemaValue = BlockdevDriver.Blkreplay,
        Make = static table => new BlkreplayDriver(table),
        IsFilter = true,
        Children = new Dictionary<string, ChildRole> { ["image"] = ChildRole.Filtered | ChildRole.Primary },
        IsStrongOption = static _ => false,
    };

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => descriptor;

    /// <inheritdoc/>
    public override ValueTask OpenAsync(BlockOpenContext context)
        => OpenFileAsync(context, ((BlockdevOptionsBlkreplay)context.Options.Branch!).Image, "image");
}
