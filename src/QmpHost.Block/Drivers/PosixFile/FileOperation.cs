using System.Threading.Tasks.Sources;
using Microsoft.Win32.SafeHandles;
using QmpHost.Block.Core;
using QmpHost.Block.Loop;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>
/// One request that a worker thread carries out; used again and again by its driver. To those who wait it always ends
/// in a later turn of the event loop, even if the worker was fast or not needed: whether data was in memory must not
/// decide what comes first in a client's transcript.
/// </summary>
internal sealed class FileOperation(EventLoop loop, Stack<FileOperation> free, FileWorkers workers, bool direct) : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _completion;
    private SafeFileHandle? _file;
    private FileOperationKind _kind;
    private Memory<byte> _buffer;
    private ReadOnlyMemory<byte> _data;
    private long _offset;
    private Func<int>? _call;
    private int _error;
    private bool _isAwaited;

    /// <summary>Starts a read that fills the buffer, with zeroes behind the end of the file.</summary>
    public ValueTask StartRead(SafeFileHandle file, long offset, Memory<byte> buffer)
    {
        _kind = FileOperationKind.Read;
        _buffer = buffer;
        return Start(workers, file, offset);
    }

    /// <summary>Starts a write.</summary>
    public ValueTask StartWrite(SafeFileHandle file, long offset, ReadOnlyMemory<byte> data)
    {
        _kind = FileOperationKind.Write;
        _data = data;
        return Start(workers, file, offset);
    }

    /// <summary>Starts anything else.</summary>
    /// <param name="call">The work; gives back 0 or an error number.</param>
    public ValueTask StartCall(Func<int> call)
    {
        _kind = FileOperationKind.Call;
        _call = call;
        return Start(FileWorkers.Disks, null, 0);
    }

    /// <summary>Stands for a request that was carried out already.</summary>
    /// <param name="error">0 or the error number.</param>
    public ValueTask Finish(int error)
    {
        _error = error;
        _isAwaited = false;
        short token = _completion.Version;
        _completion.SetResult(true);
        return new ValueTask(this, token);
    }

    /// <summary>Does the work, on a worker's thread.</summary>
    public void Execute()
    {
        try
        {
            _error = _kind switch
            {
                FileOperationKind.Read => direct ? DirectTransfer.Read(_file!, _buffer.Span, _offset) : FileTransfer.Read(_file!, _buffer.Span, _offset),
                FileOperationKind.Write => direct ? DirectTransfer.Write(_file!, _data.Span, _offset) : FileTransfer.Write(_file!, _data.Span, _offset),
                _ => _call!(),
            };
        }
        catch (Exception e)
        {
            _completion.SetException(e);
            return;
        }

        _completion.SetResult(true);
    }

    void IValueTaskSource.GetResult(short token)
    {
        int error = _error;
        try
        {
            _completion.GetResult(token);
        }
        finally
        {
            _file = null;
            _buffer = default;
            _data = default;
            _call = null;
            _completion.Reset();
            loop.EndOutside();
            free.Push(this);
        }

        if (error != 0)
        {
            throw new BlockIOException((Errno)error);
        }
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token)
    {
        ValueTaskSourceStatus status = _completion.GetStatus(token);
        return _isAwaited ? status : ValueTaskSourceStatus.Pending;
    }

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        _isAwaited = true;
        _completion.OnCompleted(continuation, state, token, flags);
    }

    private ValueTask Start(FileWorkers carrier, SafeFileHandle? file, long offset)
    {
        _file = file;
        _offset = offset;
        _error = 0;
        _isAwaited = false;
        short token = _completion.Version;
        carrier.Enqueue(this);
        return new ValueTask(this, token);
    }
}
