using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Graph;

/// <summary>Takes the place of "null-aio" with a disk in memory.</summary>
internal sealed class MemoryDriverDescriptor
{
    public int Seed { get; init; }

    public int Length { get; init; } = 64 << 10;

    public int Alignment { get; init; } = 1;

    public int MaxTransfer { get; init; }

    public int MaxDelay { get; init; } = 4;

    public bool SupportsZeroes { get; init; } = true;

    public BlockDriverDescriptor Table => new()
    {
        Name = "null-aio",
        SchemaValue = BlockdevDriver.NullAio,
        Make = table => new MemoryDriver(table, this),
        IsProtocol = true,
    };

    public static BlockdevOptions Options(string? name = null, BlockdevDetectZeroesOptions detectZeroes = BlockdevDetectZeroesOptions.Off) => new BlockdevOptions.NullAio
    {
        NodeName = name,
        Discard = BlockdevDiscardOptions.Unmap,
        DetectZeroes = detectZeroes,
    };
}
