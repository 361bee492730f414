using System.IO.Pipelines;
using QmpHost.Protocol.Server.Interception;

namespace QmpHost.Control.Rules;

/// <summary>Sends few bytes at once.</summary>
internal sealed class SplittingWire(int bytes) : QmpWire
{
    public override async ValueTask<bool> SendAsync(PipeWriter pipe, ReadOnlyMemory<byte> data)
    {
        for (int at = 0; at < data.Length; at += bytes)
        {
            if ((await pipe.WriteAsync(data.Slice(at, Math.Min(bytes, data.Length - at))).ConfigureAwait(false)).IsCompleted)
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>Waits for some messages and sends them at once.</summary>
internal sealed class MergingWire(int messages) : QmpWire
{
    private int _waiting;

    public override bool IsHolding => Volatile.Read(ref _waiting) < messages;

    /// <summary>Notes a message that was put behind the others.</summary>
    public void Count() => Interlocked.Increment(ref _waiting);

    public override async ValueTask<bool> SendAsync(PipeWriter pipe, ReadOnlyMemory<byte> data)
    {
        Volatile.Write(ref _waiting, 0);
        return !(await pipe.WriteAsync(data).ConfigureAwait(false)).IsCompleted;
    }
}

/// <summary>Ends the connection after some bytes, or in the middle of what is sent next.</summary>
internal sealed class CuttingWire(QmpWire? inner, bool half, long bytes, Action drop) : QmpWire
{
    private long _left = bytes;

    public override bool IsHolding => inner is { IsHolding: true };

    public override async ValueTask<bool> SendAsync(PipeWriter pipe, ReadOnlyMemory<byte> data)
    {
        long most = half ? data.Length / 2 : _left;
        bool isCut = half || data.Length > most;
        ReadOnlyMemory<byte> part = isCut ? data[..(int)most] : data;
        _left -= part.Length;
        bool isThere = inner is null
            ? !(await pipe.WriteAsync(part).ConfigureAwait(false)).IsCompleted
            : await inner.SendAsync(pipe, part).ConfigureAwait(false);
        if (isCut)
        {
            drop();
        }

        return isThere && !isCut;
    }
}
