using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Hosting.Guests;

/// <summary>A disk as the guest sees it: requests go through the device, with its statistics, throttling and error policy.</summary>
/// <remarks>
/// May be used from any thread; requests that overlap in time may be carried out in any order, as in a guest. A request that fails
/// is told to clients by the event BLOCK_IO_ERROR, as the device's error policy has it, and throws.
/// </remarks>
public sealed class GuestDisk
{
    private const int ChunkSize = 1024 * 1024;

    private readonly BlockHost _host;
    private readonly BlockBackend _backend;

    internal GuestDisk(BlockHost host, string deviceId, BlockBackend backend)
    {
        _host = host;
        _backend = backend;
        DeviceId = deviceId;
    }

    /// <summary>The device's id.</summary>
    public string DeviceId { get; }

    /// <summary>The disk's length in bytes, as of the last request that was carried out.</summary>
    public long Length => _backend.Root?.Node.Length ?? 0;

    internal TimeProvider Clock => _host.Options.Clock;

    /// <summary>Reads.</summary>
    /// <param name="offset">Where, in bytes.</param>
    /// <param name="length">How much, in bytes.</param>
    /// <returns>The bytes.</returns>
    /// <exception cref="GuestIOException">The request failed.</exception>
    public async Task<byte[]> ReadAsync(long offset, int length)
    {
        byte[] buffer = new byte[length];
        await RequestAsync(AccountingType.Read, offset, length, backend => backend.ReadAsync(offset, buffer)).ConfigureAwait(false);
        return buffer;
    }

    /// <summary>Writes.</summary>
    /// <param name="offset">Where, in bytes.</param>
    /// <param name="data">The bytes; not to be changed until the write has ended.</param>
    /// <returns>A task that ends when they are written, possibly to a cache.</returns>
    /// <exception cref="GuestIOException">The request failed.</exception>
    public Task WriteAsync(long offset, ReadOnlyMemory<byte> data)
        => RequestAsync(AccountingType.Write, offset, data.Length, backend => backend.WriteAsync(offset, data));

    /// <summary>Fills a range with one byte, by requests of at most 1 MiB.</summary>
    /// <param name="offset">Where, in bytes.</param>
    /// <param name="length">How much, in bytes.</param>
    /// <param name="value">The byte.</param>
    /// <returns>A task that ends when it is written.</returns>
    /// <exception cref="GuestIOException">A request failed; those before it are carried out.</exception>
    public async Task FillAsync(long offset, long length, byte value)
    {
        byte[] data = new byte[Math.Min(length, ChunkSize)];
        Array.Fill(data, value);
        for (long at = 0; at < length; at += data.Length)
        {
            await WriteAsync(offset + at, data.AsMemory(0, (int)Math.Min(data.Length, length - at))).ConfigureAwait(false);
        }
    }

    /// <summary>Reads a range and sees that it holds one byte everywhere.</summary>
    /// <param name="offset">Where, in bytes.</param>
    /// <param name="length">How much, in bytes.</param>
    /// <param name="value">The byte.</param>
    /// <returns>A task that ends when all was read.</returns>
    /// <exception cref="GuestIOException">A request failed, or something else was read; the message says where.</exception>
    public async Task VerifyAsync(long offset, long length, byte value)
    {
        for (long at = 0; at < length; at += ChunkSize)
        {
            byte[] data = await ReadAsync(offset + at, (int)Math.Min(ChunkSize, length - at)).ConfigureAwait(false);
            int other = data.AsSpan().IndexOfAnyExcept(value);
            if (other >= 0)
            {
                throw new GuestIOException($"Guest '{DeviceId}' reads {data[other]:x2} at {offset + at + other}, not {value:x2}");
            }
        }
    }

    /// <summary>Tells the disk that a range is not needed any more.</summary>
    /// <param name="offset">Where, in bytes.</param>
    /// <param name="length">How much, in bytes.</param>
    /// <returns>A task that ends with the request.</returns>
    /// <exception cref="GuestIOException">The request failed.</exception>
    public Task DiscardAsync(long offset, long length)
        => RequestAsync(AccountingType.Unmap, offset, length, backend => backend.DiscardAsync(offset, length));

    /// <summary>Makes a range zero.</summary>
    /// <param name="offset">Where, in bytes.</param>
    /// <param name="length">How much, in bytes.</param>
    /// <returns>A task that ends with the request.</returns>
    /// <exception cref="GuestIOException">The request failed.</exception>
    public Task WriteZeroesAsync(long offset, long length)
        => RequestAsync(AccountingType.Write, offset, length, backend => backend.WriteZeroesAsync(offset, length));

    /// <summary>Has all that was written before brought to the disk.</summary>
    /// <returns>A task that ends when it is there.</returns>
    /// <exception cref="GuestIOException">The request failed.</exception>
    public Task FlushAsync() => RequestAsync(AccountingType.Flush, 0, 0, static backend => backend.FlushAsync());

    /// <summary>Starts a workload on the host's clock.</summary>
    /// <param name="workload">What the guest does.</param>
    /// <returns>The running workload; disposing it stops it.</returns>
    /// <exception cref="ArgumentException">The workload does not fit the disk.</exception>
    public GuestActivity Start(GuestWorkload workload)
    {
        ArgumentNullException.ThrowIfNull(workload);
        _host.ThrowIfDisposed();
        return new GuestActivity(this, workload, _host.Loop, _host.Ending);
    }

    internal Task RequestAsync(AccountingType type, long offset, long length, Func<BlockBackend, ValueTask> request)
    {
        _host.ThrowIfDisposed();

        // A workload is on the loop already: leaving it would look as if the host had settled.
        return _host.Loop.IsCurrent
            ? RequestOnLoopAsync(type, offset, length, request)
            : _host.Loop.InvokeAsync(() => RequestOnLoopAsync(type, offset, length, request));
    }

    private async Task RequestOnLoopAsync(AccountingType type, long offset, long length, Func<BlockBackend, ValueTask> request)
    {
        long started = _backend.Accounting.Start();
        try
        {
            await request(_backend);
            _backend.Accounting.Done(type, length, started);
        }
        catch (BlockIOException e)
        {
            _backend.Accounting.Failed(type, started);
            bool isIgnored = Tell(type, e);
            if (!isIgnored)
            {
                throw new GuestIOException($"Guest '{DeviceId}' cannot {Verb(type)} {length} bytes at {offset}", e);
            }
        }
    }

    // Whether the device keeps the error to itself.
    private bool Tell(AccountingType type, BlockIOException error)
    {
        BlockdevOnError policy = type == AccountingType.Read ? _backend.OnReadError : _backend.OnWriteError;
        BlockErrorAction action = policy switch
        {
            BlockdevOnError.Ignore => BlockErrorAction.Ignore,
            BlockdevOnError.Stop => BlockErrorAction.Stop,
            BlockdevOnError.Enospc when error.Errno == Errno.ENOSPC => BlockErrorAction.Stop,
            _ => BlockErrorAction.Report,
        };
        _host.Services.Layer.Events.Emit(new BlockIoErrorEvent
        {
            QomPath = _backend.Device is not { } device ? "" : device.IdOrPath.StartsWith('/') ? device.IdOrPath : $"/machine/peripheral/{device.IdOrPath}",
            Device = _backend.Name,
            NodeName = _backend.Root?.Node.NodeName,
            Operation = type == AccountingType.Read ? IoOperationType.Read : IoOperationType.Write,
            Action = action,
            Nospace = error.Errno == Errno.ENOSPC,
            Reason = error.Message,
        });
        if (action == BlockErrorAction.Stop)
        {
            _host.Services.RunState.StopOnError();
        }

        return action == BlockErrorAction.Ignore;
    }

    private static string Verb(AccountingType type) => type switch
    {
        AccountingType.Read => "read",
        AccountingType.Write => "write",
        AccountingType.Flush => "flush",
        _ => "discard",
    };
}
