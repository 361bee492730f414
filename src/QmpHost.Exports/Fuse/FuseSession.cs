using System.Buffers;
using System.Buffers.Binary;
using QmpHost.Block.Core;
using QmpHost.Block.Loop;
using QmpHost.Net;

namespace QmpHost.Exports.Fuse;

/// <summary>Answers the kernel's requests for one mounted file, from its mounting until its last request is finished.</summary>
/// <remarks>Used on the host's loop only.</remarks>
internal sealed class FuseSession
{
    private const int MostWrite = 1024 * 1024;
    private const int BufferSize = MostWrite + 4096;
    private const int MostRequests = 64;
    private const uint Major = 7;
    private const uint Minor = 38;
    private const uint Reads = 1;
    private const uint TruncatingOpens = 1 << 3;
    private const uint BigWrites = 1 << 5;
    private const uint InvalidatesChanged = 1 << 12;
    private const uint DirectReads = 1 << 15;
    private const uint ManyPages = 1 << 22;

    private readonly FuseDevice _device;
    private readonly FuseDisk _disk;
    private readonly EventLoop _loop;
    private readonly FuseAttributes _attributes;
    private readonly FuseSpace _space;
    private TaskCompletionSource? _idle;
    private int _running;
    private int _isScheduled;
    private bool _hasEnded;

    /// <summary>Starts to answer.</summary>
    /// <param name="device">The kernel's device.</param>
    /// <param name="disk">What the file shows.</param>
    /// <param name="loop">The host's loop.</param>
    public FuseSession(FuseDevice device, FuseDisk disk, EventLoop loop)
    {
        _device = device;
        _disk = disk;
        _loop = loop;
        _attributes = new FuseAttributes(disk);
        _space = new FuseSpace(disk);
        device.Listen(Schedule);
        Schedule();
    }

    /// <summary>Takes no more requests.</summary>
    public void End() => _hasEnded = true;

    /// <summary>Waits until the requests that were taken are finished.</summary>
    /// <returns>A task that ends then.</returns>
    public async Task WhenIdleAsync()
    {
        while (_running > 0)
        {
            _idle ??= new TaskCompletionSource();
            await _idle.Task;
        }
    }

    // On any thread.
    private void Schedule()
    {
        if (Interlocked.Exchange(ref _isScheduled, 1) == 0 && !_loop.TryRun(static self => ((FuseSession)self!).Process(), this))
        {
            _loop.Post(static self => ((FuseSession)self!).Process(), this);
        }
    }

    private void Process()
    {
        Volatile.Write(ref _isScheduled, 0);
        while (!_hasEnded && _running < MostRequests)
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            int length = _device.TryRead(buffer);
            if (length >= FuseRequest.HeaderSize)
            {
                _ = RunAsync(buffer, length);
                continue;
            }

            ArrayPool<byte>.Shared.Return(buffer);
            switch (-length)
            {
                case SystemErrors.Interrupted or SystemErrors.NoEntry:
                    continue;
                case SystemErrors.TryAgain:
                    return;
                default:
                    // Somebody has unmounted it; the export stays until it is removed.
                    _hasEnded = true;
                    return;
            }
        }
    }

    private async Task RunAsync(byte[] buffer, int length)
    {
        _running++;
        try
        {
            var request = new FuseRequest(buffer.AsMemory(0, length));
            using FuseAnswer? answer = await AnswerAsync(request);
            if (answer is not null)
            {
                Give(request.Id, answer);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            _running--;
            GoOn();
        }
    }

    private void Give(ulong id, FuseAnswer answer)
    {
        try
        {
            _device.Write(answer.Finish(id));
        }
        catch (ObjectDisposedException)
        {
            // The export was removed meanwhile.
        }
    }

    private void GoOn()
    {
        if (_running == MostRequests - 1)
        {
            Schedule();
        }

        if (_running == 0)
        {
            TaskCompletionSource? idle = _idle;
            _idle = null;
            idle?.SetResult();
        }
    }

    private async ValueTask<FuseAnswer?> AnswerAsync(FuseRequest request)
    {
        try
        {
            switch (request.Opcode)
            {
                case FuseOpcode.Forget or FuseOpcode.ForgetSeveral or FuseOpcode.Interrupt:
                    return null;
                case FuseOpcode.Initialize:
                    return Initialize(request);
                case FuseOpcode.Destroy or FuseOpcode.Release:
                    return FuseAnswer.Success();
                case FuseOpcode.Open:
                    return FuseAnswer.OfSize(16);
                case FuseOpcode.FileSystemState:
                    return DescribeFileSystem();
                case FuseOpcode.GetAttributes:
                    return await _attributes.GetAsync();
                case FuseOpcode.SetAttributes:
                    return await _attributes.SetAsync(request);
                case FuseOpcode.Read:
                    return await _disk.ReadAsync(request.ReadInt64(8), (int)Math.Min(request.ReadUInt32(16), MostWrite));
                case FuseOpcode.Write:
                    return await WriteAsync(request);
                case FuseOpcode.Flush or FuseOpcode.Synchronize:
                    await _disk.Backend.FlushAsync();
                    return FuseAnswer.Success();
                case FuseOpcode.Allocate:
                    return await _space.AllocateAsync(request);
                case FuseOpcode.Seek:
                    return await _space.SeekAsync(request);
                default:
                    const Errno notImplemented = (Errno)38;
                    return FuseAnswer.Failure(notImplemented);
            }
        }
        catch (BlockIOException e)
        {
            return FuseAnswer.Failure(e.Errno);
        }
    }

    private async ValueTask<FuseAnswer> WriteAsync(FuseRequest request)
    {
        ReadOnlyMemory<byte> data = request.Data;
        int written = await _disk.WriteAsync(request.ReadInt64(8), data[..(int)Math.Min(request.ReadUInt32(16), (uint)data.Length)]);
        FuseAnswer answer = FuseAnswer.OfSize(8);
        BinaryPrimitives.WriteInt32LittleEndian(answer.Data.Span, written);
        return answer;
    }

    private static FuseAnswer Initialize(FuseRequest request)
    {
        const Errno protocol = Errno.EPROTO;
        if (request.ReadUInt32(0) != Major)
        {
            return FuseAnswer.Failure(protocol);
        }

        FuseAnswer answer = FuseAnswer.OfSize(64);
        Span<byte> data = answer.Data.Span;
        BinaryPrimitives.WriteUInt32LittleEndian(data, Major);
        BinaryPrimitives.WriteUInt32LittleEndian(data[4..], Math.Min(Minor, request.ReadUInt32(4)));
        BinaryPrimitives.WriteUInt32LittleEndian(data[8..], request.ReadUInt32(8));
        BinaryPrimitives.WriteUInt32LittleEndian(
            data[12..], request.ReadUInt32(12) & (Reads | TruncatingOpens | BigWrites | InvalidatesChanged | DirectReads | ManyPages));
        BinaryPrimitives.WriteUInt32LittleEndian(data[20..], MostWrite);
        BinaryPrimitives.WriteUInt32LittleEndian(data[24..], 1);
        BinaryPrimitives.WriteUInt16LittleEndian(data[28..], MostWrite / 4096);
        return answer;
    }

    private static FuseAnswer DescribeFileSystem()
    {
        FuseAnswer answer = FuseAnswer.OfSize(80);
        Span<byte> data = answer.Data.Span;
        const uint blockSize = 512, longestName = 255;
        BinaryPrimitives.WriteUInt32LittleEndian(data[40..], blockSize);
        BinaryPrimitives.WriteUInt32LittleEndian(data[44..], longestName);
        return answer;
    }
}
