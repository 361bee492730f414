using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Graph;

/// <summary>Takes the place of "null-aio" with a disk in memory.</summary>
internal sealed class MemoryDriverDescriptor : BlockDriverDescriptor
{
    public int Seed { get; init; }

    public int Length { get; init; } = 64 << 10;

    public int Alignment { get; init; } = 1;

    public int MaxTransfer { get; init; }

    public int MaxDelay { get; init; } = 4;

    public bool SupportsZeroes { get; init; } = true;

    public override BlockdevDriver Driver => BlockdevDriver.NullAio;

    public override string Name => "null-aio";

    public override bool IsProtocol => true;

    public override BlockDriver CreateInstance() => new MemoryDriver(this);

    public static BlockdevOptions Options(string? name = null, BlockdevDetectZeroesOptions detectZeroes = BlockdevDetectZeroesOptions.Off) => new()
    {
        Driver = BlockdevDriver.NullAio,
        NodeName = name,
        Discard = BlockdevDiscardOptions.Unmap,
        DetectZeroes = detectZeroes,
        Branch = new BlockdevOptionsNull(),
    };
}
