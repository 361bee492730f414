using System.Collections.Concurrent;

namespace QmpHost.Protocol.Server;

/// <summary>The door between the thread that reads requests and the event loop that executes them. No more than <see cref="Limit"/> requests of each kind are inside: then the reader waits.</summary>
internal sealed class RequestIntake
{
    /// <summary>How many requests may wait to be executed in band, besides the one that is executed; and how many may be executed out of band.</summary>
    public const int Limit = 8;

    private readonly ConcurrentQueue<QmpRequestMessage> _arrived = new();
    private TaskCompletionSource? _room;
    private int _isDelivering;
    private int _inBand;
    private int _outOfBand;

    /// <summary>How many requests wait to be executed in band, those on their way to the event loop included.</summary>
    public int InBand => Volatile.Read(ref _inBand);

    /// <summary>Whether no request is on its way to the event loop.</summary>
    public bool IsEmpty => _arrived.IsEmpty;

    /// <summary>Whether there is room for another request.</summary>
    public bool HasRoom => InBand < Limit && Volatile.Read(ref _outOfBand) < Limit;

    /// <summary>Takes a request in. Called on the reader's thread.</summary>
    /// <param name="request">The request.</param>
    /// <param name="outOfBand">Whether it will be executed as soon as it is delivered.</param>
    public void Arrive(QmpRequestMessage request, bool outOfBand)
    {
        request.IsCounted = !outOfBand;
        Interlocked.Increment(ref request.IsCounted ? ref _inBand : ref _outOfBand);
        _arrived.Enqueue(request);
    }

    /// <summary>Whether the caller has to have requests taken out: somebody arrived, and nobody else does it. Called on the reader's thread.</summary>
    public bool TryBeginDelivery() => !_arrived.IsEmpty && Interlocked.Exchange(ref _isDelivering, 1) == 0;

    /// <summary>Says that requests are taken out now, so that later ones need another delivery. Called on the event loop.</summary>
    public void BeginTaking()
    {
        Volatile.Write(ref _isDelivering, 0);
        Interlocked.MemoryBarrier();
    }

    /// <summary>Takes the oldest request out. It still counts until it leaves.</summary>
    public bool TryTake(out QmpRequestMessage request) => _arrived.TryDequeue(out request!);

    /// <summary>Notes that a request is not among those that wait any more. Called on the event loop.</summary>
    /// <param name="request">The request.</param>
    /// <param name="atOnce">Whether the reader must go on at the first chance; else several requests are read together, which is cheaper.</param>
    public void Leave(QmpRequestMessage request, bool atOnce)
    {
        int left = Interlocked.Decrement(ref request.IsCounted ? ref _inBand : ref _outOfBand);
        if ((atOnce || left <= Limit / 2) && Interlocked.Exchange(ref _room, null) is { } room)
        {
            room.SetResult();
        }
    }

    /// <summary>Waits until there is room. Called on the reader's thread.</summary>
    public async ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        while (!HasRoom)
        {
            var room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _room, room);
            Interlocked.MemoryBarrier();
            if (HasRoom)
            {
                return;
            }

            await room.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
