using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Queries;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers;

/// <summary>null-co and null-aio: a disk of any size that holds nothing and forgets what is written.</summary>
internal sealed class NullDriver(BlockDriverDescriptor descriptor) : BlockDriver
{
    private const long DefaultLength = 1L << 30;

    // QEMU's clock counts nanoseconds in 63 bits from when the machine was started, at most some years ago.
    private static readonly TimeSpan EndOfClock = TimeSpan.FromTicks(long.MaxValue / TimeSpan.NanosecondsPerTick) - TimeSpan.FromDays(3650);

    // Timers of the platform take no more than 49 days.
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(30);

    private long _length = DefaultLength;
    private bool _readZeroes;
    private TimeSpan _latency;

    /// <summary>The driver "null-co".</summary>
    public static BlockDriverDescriptor NullCo { get; } = MakeTable("null-co", BlockdevDriver.NullCo);

    /// <summary>The driver "null-aio".</summary>
    public static BlockDriverDescriptor NullAio { get; } = MakeTable("null-aio", BlockdevDriver.NullAio);

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => descriptor;

    /// <inheritdoc/>
    public override string? ExactFilename => NodeFilename.HasStrongOptions(Node) ? null : $"{descriptor.Name}://";

    /// <inheritdoc/>
    public override ValueTask OpenAsync(BlockOpenContext context)
    {
        if (context.Options.Branch is BlockdevOptionsNull options)
        {
            // QEMU ends itself over a negative length.
            _length = SizeOption.Check(Node, "size", options.Size) ?? DefaultLength;
            _readZeroes = options.ReadZeroes ?? false;
            ulong latency = options.LatencyNs ?? 0;
            if (latency > long.MaxValue)
            {
                throw new QmpException("latency-ns is invalid");
            }

            // Whole ticks of the clock: anything shorter than one still gives up the turn.
            _latency = latency == 0 ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Max(1, (long)latency / TimeSpan.NanosecondsPerTick));
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask<long> GetLengthAsync() => ValueTask.FromResult(_length);

    /// <inheritdoc/>
    public override ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags)
    {
        if (_readZeroes)
        {
            buffer.Span.Clear();
        }

        return CompleteAsync();
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, RequestFlags flags) => CompleteAsync();

    /// <inheritdoc/>
    public override ValueTask FlushToDiskAsync() => CompleteAsync();

    /// <inheritdoc/>
    public override ValueTask<BlockStatus> GetBlockStatusAsync(bool wantZero, long offset, long bytes)
    {
        BlockStatusFlags zero = _readZeroes ? BlockStatusFlags.Zero : BlockStatusFlags.None;
        return ValueTask.FromResult(new BlockStatus(BlockStatusFlags.OffsetValid | zero, bytes, offset, Node));
    }

    /// <inheritdoc/>
    public override bool ProvidesInfo => false;

    /// <inheritdoc/>
    public override ValueTask<long?> GetAllocatedSizeAsync() => ValueTask.FromResult<long?>(0);

    private static BlockDriverDescriptor MakeTable(string name, BlockdevDriver value) => new()
    {
        Name = name,
        SchemaValue = value,
        Make = static table => new NullDriver(table),
        IsProtocol = true,
        ReopenOptions = [],
        IsStrongOption = static option => option is "size" or "read-zeroes",
        Sizes = ["size"],
        Protocols = [name],
        FilenameParser = (_, filename) => filename == $"{name}://"
            ? new BlockdevOptionsNull()
            : throw new QmpException($"The only allowed filename for this driver is '{name}://'"),
    };

    private ValueTask CompleteAsync() => _latency == TimeSpan.Zero ? ValueTask.CompletedTask : WaitAsync();

    private async ValueTask WaitAsync()
    {
        TimeProvider clock = Node.Graph.Context.Clock;
        if (_latency > EndOfClock)
        {
            // QEMU's clock ends before, and then it does not wait at all.
            await Task.Delay(TimeSpan.FromTicks(1), clock);
            return;
        }

        for (TimeSpan left = _latency; left > TimeSpan.Zero; left -= LongestDelay)
        {
            await Task.Delay(left < LongestDelay ? left : LongestDelay, clock);
        }
    }
}
