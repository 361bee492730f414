using System.Runtime.InteropServices;

namespace QmpHost.Net.Transports;

/// <summary>
/// Waits for sockets to become ready, on a few threads that the whole process shares, and continues their readers and senders
/// right there. The portable way changes threads once more for each message, which at one request at a time costs more than the
/// request itself.
/// </summary>
/// <remarks>All members may be used from any thread. What runs on the threads must not block.</remarks>
internal sealed unsafe partial class SocketPoller
{
    private const int MaxThreads = 4;
    private const int MaxEvents = 64;
    private const int CloseOnExec = 0x80000;
    private const int ControlAdd = 1;
    private const int ControlDelete = 2;
    private const int ControlModify = 3;
    private const uint Readable = 0x1 | 0x2000;
    private const uint Writable = 0x4;
    private const uint Ended = 0x8 | 0x10;
    private const uint Edge = 0x80000000;
    private const int Interrupted = 4;

    private static readonly Lazy<SocketPoller> SharedPoller = new(static () => new SocketPoller());

    private readonly int _poll;
    private readonly Lock _gate = new();
    private readonly Dictionary<long, IPollable> _registered = [];
    private long _lastKey;

    private SocketPoller()
    {
        _poll = Create(CloseOnExec);
        if (_poll < 0)
        {
            throw new IOException($"epoll_create1: error {Marshal.GetLastPInvokeError()}");
        }

        for (int i = 0; i < Math.Min(Environment.ProcessorCount, MaxThreads); i++)
        {
            new Thread(Run) { IsBackground = true, Name = "sockets" }.Start();
        }
    }

    /// <summary>The poller of the process.</summary>
    public static SocketPoller Shared => SharedPoller.Value;

    /// <summary>Whether the caller runs on one of the threads, and so should leave long work to others.</summary>
    [field: ThreadStatic]
    public static bool IsPollThread { get; private set; }

    /// <summary>Starts to watch a socket.</summary>
    /// <param name="handle">Its file descriptor.</param>
    /// <param name="pollable">Told whenever something has arrived, or the connection has ended.</param>
    /// <returns>The key for <see cref="Remove"/>.</returns>
    public long Add(int handle, IPollable pollable)
    {
        long key;
        lock (_gate)
        {
            key = ++_lastKey;
            _registered.Add(key, pollable);
        }

        var poll = new PollEvent { Events = Readable | Edge, Key = key };
        if (Control(_poll, ControlAdd, handle, &poll) != 0)
        {
            lock (_gate)
            {
                _registered.Remove(key);
            }

            throw new IOException($"epoll_ctl: error {Marshal.GetLastPInvokeError()}");
        }

        return key;
    }

    /// <summary>Says what the owner of a socket wants to hear. If what it asks for is there already, it is told so.</summary>
    /// <param name="handle">Its file descriptor.</param>
    /// <param name="key">What <see cref="Add"/> gave.</param>
    /// <param name="receiving">Whether it wants to hear that something has arrived.</param>
    /// <param name="sending">Whether it wants to hear that there is room to send.</param>
    public void Watch(int handle, long key, bool receiving, bool sending)
    {
        var poll = new PollEvent { Events = Edge | (receiving ? Readable : 0) | (sending ? Writable : 0), Key = key };
        if (Control(_poll, ControlModify, handle, &poll) != 0)
        {
            throw new IOException($"epoll_ctl: error {Marshal.GetLastPInvokeError()}");
        }
    }

    /// <summary>Stops watching a socket.</summary>
    /// <param name="handle">Its file descriptor, still open.</param>
    /// <param name="key">What <see cref="Add"/> gave.</param>
    public void Remove(int handle, long key)
    {
        PollEvent unused = default;
        _ = Control(_poll, ControlDelete, handle, &unused);
        lock (_gate)
        {
            _registered.Remove(key);
        }
    }

    private void Run()
    {
        IsPollThread = true;
        PollEvent* events = stackalloc PollEvent[MaxEvents];
        while (true)
        {
            int count = Wait(_poll, events, MaxEvents, -1);
            if (count < 0 && Marshal.GetLastPInvokeError() != Interrupted)
            {
                throw new IOException($"epoll_wait: error {Marshal.GetLastPInvokeError()}");
            }

            for (int i = 0; i < count; i++)
            {
                Tell(events[i]);
            }
        }
    }

    private void Tell(PollEvent poll)
    {
        if (Find(poll.Key) is not { } pollable)
        {
            return;
        }

        if ((poll.Events & (Writable | Ended)) != 0)
        {
            pollable.OnWritable();
        }

        if ((poll.Events & (Readable | Ended)) != 0)
        {
            pollable.OnReadable();
        }
    }

    private IPollable? Find(long key)
    {
        lock (_gate)
        {
            return _registered.GetValueOrDefault(key);
        }
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(int poll, int operation, int handle, PollEvent* poolEvent);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int Wait(int poll, PollEvent* events, int maxEvents, int timeout);
}
