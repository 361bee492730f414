using NUnit.Framework;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Graph;

/// <summary>A disk in memory whose requests take a random number of turns, so that later ones overtake earlier ones.</summary>
internal sealed class MemoryDriver(BlockDriverDescriptor table, MemoryDriverDescriptor descriptor) : BlockDriver
{
    private readonly Random _random = new(descriptor.Seed);

    public byte[] Data { get; } = new byte[descriptor.Length];

    public int Alignment => descriptor.Alignment;

    public List<string> Log { get; } = [];

    public override BlockDriverDescriptor Descriptor => table;

    public override bool SupportsWriteZeroes => descriptor.SupportsZeroes;

    public override bool SupportsDiscard => true;

    public override bool ProvidesInfo => false;

    public override ValueTask OpenAsync(BlockOpenContext context) => ValueTask.CompletedTask;

    public override ValueTask<long> GetLengthAsync() => ValueTask.FromResult((long)Data.Length);

    public override BlockLimits RefreshLimits(BlockLimits inherited) => inherited with
    {
        RequestAlignment = Alignment,
        MaxTransfer = descriptor.MaxTransfer,
        MaxWriteZeroes = descriptor.MaxTransfer,
        DiscardAlignment = Alignment * 2,
        MaxDiscard = descriptor.MaxTransfer * 2,
    };

    public override async ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags)
    {
        Check(offset, buffer.Length);
        await DelayAsync();
        Data.AsMemory((int)offset, buffer.Length).CopyTo(buffer);
        await DelayAsync();
    }

    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags)
    {
        Check(offset, buffer.Length);
        await DelayAsync();
        buffer.CopyTo(Data.AsMemory((int)offset));
        await DelayAsync();
    }

    public override async ValueTask WriteZeroesAsync(long offset, long bytes, RequestFlags flags)
    {
        Check(offset, bytes);
        await DelayAsync();
        if (_random.Next(4) == 0)
        {
            throw new BlockIOException(Errno.ENOTSUP);
        }

        Data.AsSpan((int)offset, (int)bytes).Clear();
    }

    public override async ValueTask DiscardAsync(long offset, long bytes)
    {
        Check(offset, bytes, pieces: 2);
        await DelayAsync();
        Data.AsSpan((int)offset, (int)bytes).Clear();
    }

    public override async ValueTask FlushToDiskAsync()
    {
        Log.Add("flush");
        await DelayAsync();
    }

    private void Check(long offset, long bytes, int pieces = 1)
    {
        Assert.That(offset % Alignment, Is.Zero);
        Assert.That(bytes % Alignment, Is.Zero);
        Assert.That(bytes, Is.LessThanOrEqualTo(descriptor.MaxTransfer == 0 ? long.MaxValue : descriptor.MaxTransfer * pieces));
    }

    private async ValueTask DelayAsync()
    {
        for (int turns = descriptor.MaxDelay == 0 ? 0 : _random.Next(descriptor.MaxDelay); turns > 0; turns--)
        {
            await Node.Graph.Context.Loop.YieldAsync();
        }
    }
}
