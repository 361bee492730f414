using QmpHost.Block.Copy;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Jobs;

/// <summary>A job that moves data from one part of a backing chain to another, from the start of the disk to its end.</summary>
internal abstract class ChainJob : BlockJob
{
    /// <summary>The longest piece that is moved at once, in bytes.</summary>
    protected const int Chunk = 512 * 1024;

    private readonly RateLimit _rate;
    private readonly ChainScan _scan;
    private readonly BlockdevOnError _onError;
    private long _allocatedEnd;

    /// <summary>Makes a job in state "created".</summary>
    /// <param name="manager">The host's jobs.</param>
    /// <param name="options">What it is started with.</param>
    /// <param name="onError">What to do when reading or writing fails.</param>
    protected ChainJob(JobManager manager, JobOptions options, BlockdevOnError onError)
        : base(manager, options)
    {
        _onError = onError;
        _rate = new RateLimit(manager.Context.Clock);
        _scan = new ChainScan(CopyAsync);
    }

    /// <summary>The first error that the client chose to ignore, or none.</summary>
    protected Errno IgnoredError { get; private set; }

    /// <summary>Whether a piece that failed is tried again where the client chose to ignore errors.</summary>
    protected abstract bool RetriesIgnored { get; }

    /// <summary>Passes through the disk.</summary>
    /// <param name="length">Its length in bytes.</param>
    /// <exception cref="BlockIOException">A piece failed, and the client wants that to be the job's end.</exception>
    /// <returns>A task that ends when everything is moved or the job is cancelled.</returns>
    protected async ValueTask ScanAsync(long length)
    {
        try
        {
            long next = 0;
            TimeSpan delay = TimeSpan.Zero;
            int inRow = 0;
            while (next < length || _scan.HasPieces)
            {
                await RestAsync(IsLimitRaised ? TimeSpan.Zero : delay, ++inRow);
                if (IsCancelled)
                {
                    return;
                }

                delay = TimeSpan.Zero;
                if (next >= length || _scan.IsFull || _scan.IsFirstDone || (Speed != 0 && _scan.HasPieces))
                {
                    await EndFirstAsync();
                }
                else if (RoomLeft is var room && room == 0)
                {
                    await (_scan.HasPieces ? EndFirstAsync() : RestAtLimitAsync());
                }
                else
                {
                    (long bytes, delay) = await BeginNextAsync(next, length, room);
                    next += bytes;
                    if (delay > TimeSpan.Zero)
                    {
                        // What is done counts before the wait, not after it.
                        await EndFirstAsync();
                    }
                }
            }
        }
        finally
        {
            await _scan.WaitAllAsync();
        }
    }

    /// <summary>Whether an area has to be moved.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">How far to look, in bytes.</param>
    /// <returns>Whether it has, and for how many bytes that is known; 0 where the rest of the disk need not be moved.</returns>
    protected abstract ValueTask<(bool Copy, long Bytes)> LookAsync(long offset, long bytes);

    /// <summary>Moves an area.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    /// <returns>How it ended.</returns>
    protected abstract ValueTask<CopyResult> CopyAsync(long offset, long bytes);

    /// <inheritdoc/>
    protected override ValueTask OnPausingAsync() => _scan.WaitAllAsync();

    /// <inheritdoc/>
    protected override void OnSpeedChanged(long speed) => _rate.Speed = speed;

    private long RoomLeft => Progress.Limit is null ? long.MaxValue : Progress.Room(_scan.PendingBytes, BlockNode.SectorSize);

    private async ValueTask RestAsync(TimeSpan delay, int inRow)
    {
        if (delay > TimeSpan.Zero)
        {
            await SleepAsync(delay);
            return;
        }

        if (inRow % 16 == 1 && !ShouldPause)
        {
            await Manager.Context.Loop.YieldAsync();
        }

        await PausePointAsync();
    }

    private async ValueTask<(long Bytes, TimeSpan Delay)> BeginNextAsync(long offset, long length, long room)
    {
        if (offset < _allocatedEnd)
        {
            return Begin(offset, Math.Min(room, Math.Min(_allocatedEnd - offset, Chunk)));
        }

        (bool copy, long bytes) = await LookSafelyAsync(offset, length - offset);
        if (copy)
        {
            _allocatedEnd = offset + bytes;
            return Begin(offset, Math.Min(room, Math.Min(bytes, Chunk)));
        }

        bytes = Math.Min(room, bytes == 0 ? length - offset : bytes);
        _scan.Skip(offset, bytes);
        return (bytes, TimeSpan.Zero);
    }

    // What cannot be asked is read, which tells what is wrong.
    private async ValueTask<(bool Copy, long Bytes)> LookSafelyAsync(long offset, long bytes)
    {
        try
        {
            return await LookAsync(offset, bytes);
        }
        catch (BlockIOException)
        {
            return (true, Math.Min(bytes, Chunk));
        }
    }

    private (long Bytes, TimeSpan Delay) Begin(long offset, long bytes)
    {
        _scan.Start(offset, bytes);
        IsLimitRaised = false;
        return (bytes, _rate.Account(bytes));
    }

    private async ValueTask EndFirstAsync()
    {
        (CopyResult result, long bytes) = await _scan.WaitFirstAsync();
        if (result.Errno == Errno.None)
        {
            Progress.Add(bytes);
            return;
        }

        switch (HandleError(_onError, result.IsRead, result.Errno))
        {
            case BlockErrorAction.Report:
                throw new BlockIOException(result.Errno);
            case BlockErrorAction.Ignore when !RetriesIgnored:
                IgnoredError = IgnoredError == Errno.None ? result.Errno : IgnoredError;
                _scan.DropFirst();
                Progress.Add(bytes);
                break;
            default:
                await PausePointAsync();
                if (!IsCancelled)
                {
                    _scan.RetryFirst();
                }

                break;
        }
    }
}
