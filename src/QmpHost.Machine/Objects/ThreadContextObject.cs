using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Objects;

/// <summary>A thread that others inherit from where they run: which processors they may use.</summary>
public sealed partial class ThreadContextObject : UserObject
{
    private const int MaskBytes = 8192;
    private const string NodeFolder = "/sys/devices/system/node";

    private List<ushort>? _wantedProcessors;
    private List<ushort>? _wantedNodes;
    private ParkedThread? _thread;

    /// <summary>Makes one whose thread may run everywhere.</summary>
    /// <param name="tree">The tree that it will be in.</param>
    public ThreadContextObject(QomTree tree)
        : base(QomClass, tree)
    {
    }

    /// <summary>The class "thread-context".</summary>
    public static QomClass QomClass { get; } = new("thread-context", QomClass.Object,
    [
        new() { Name = "thread-id", Type = "int", Get = static o => new QNum(((ThreadContextObject)o).ThreadId) },
        new()
        {
            Name = "node-affinity",
            Type = "int",
            Set = static (o, reader) =>
            {
                ((ThreadContextObject)o).SetNodes(ReadNumbers(reader));
                return default;
            },
        },
        new()
        {
            Name = "cpu-affinity",
            Type = "int",
            Get = static o => ((ThreadContextObject)o).Affinity(),
            Set = static (o, reader) =>
            {
                ((ThreadContextObject)o).SetProcessors(ReadNumbers(reader));
                return default;
            },
        },
    ]);

    // Before the thread is there, 0, by which the system means whoever asks.
    private int ThreadId => _thread?.Id ?? 0;

    /// <inheritdoc/>
    protected internal override void Complete()
    {
        _thread = new ParkedThread($"TC {Name}");
        try
        {
            Apply();
        }
        catch (QmpException)
        {
            _thread.End();
            throw;
        }
    }

    /// <inheritdoc/>
    protected internal override void Finish() => _thread?.End();

    private static List<ushort> ReadNumbers(QomValueReader reader) =>
    [
        .. reader.ReadList().Select(static element => element is not QNum number
            ? throw new QmpException("Invalid parameter type for 'null', expected: integer")
            : number.TryGetInt64(out long value) && value is >= 0 and <= ushort.MaxValue
                ? (ushort)value
                : throw new QmpException("Parameter 'null' expects uint16_t")),
    ];

    private void SetProcessors(List<ushort> processors)
    {
        if (_wantedNodes is not null)
        {
            throw new QmpException("Mixing CPU and node affinity not supported");
        }

        if (processors.Count == 0)
        {
            throw new QmpException("CPU list is empty");
        }

        _wantedProcessors = processors;
        if (ThreadId != 0)
        {
            Apply();
        }
    }

    private void SetNodes(List<ushort> nodes)
    {
        if (_wantedProcessors is not null)
        {
            throw new QmpException("Mixing CPU and node affinity not supported");
        }

        if (nodes.Count == 0)
        {
            throw new QmpException("Node list is empty");
        }

        HashSet<int> processors = [.. nodes.SelectMany(ProcessorsOf)];
        if (processors.Count == 0)
        {
            throw new QmpException("The nodes select no CPUs");
        }

        _wantedNodes = nodes;
        if (ThreadId != 0)
        {
            Apply();
        }
    }

    private void Apply()
    {
        IEnumerable<int>? wanted = _wantedProcessors?.Select(static processor => (int)processor) ?? _wantedNodes?.SelectMany(ProcessorsOf);
        if (wanted is null)
        {
            return;
        }

        byte[] mask = new byte[MaskBytes];
        foreach (int processor in wanted)
        {
            mask[processor / 8] |= (byte)(1 << (processor % 8));
        }

        if (SetAffinity(ThreadId, MaskBytes, mask) != 0)
        {
            throw new QmpException($"Setting CPU affinity failed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }
    }

    private QList Affinity()
    {
        byte[] mask = new byte[MaskBytes];
        if (GetAffinity(ThreadId, MaskBytes, mask) != 0)
        {
            throw new QmpException($"Getting CPU affinity failed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }

        var list = new QList();
        for (int i = 0; i < mask.Length; i++)
        {
            for (int bits = mask[i]; bits != 0; bits &= bits - 1)
            {
                list.Add(new QNum((i * 8) + BitOperations.TrailingZeroCount(bits)));
            }
        }

        return list;
    }

    // A line such as "0-3,8".
    private static IEnumerable<int> ProcessorsOf(ushort node)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"{NodeFolder}/node{node}/cpulist");
        return File.Exists(path)
            ? File.ReadAllText(path).Trim().Split(',', StringSplitOptions.RemoveEmptyEntries).SelectMany(Range)
            : [];
    }

    private static IEnumerable<int> Range(string text)
    {
        string[] ends = text.Split('-');
        int first = int.Parse(ends[0], CultureInfo.InvariantCulture);
        return Enumerable.Range(first, int.Parse(ends[^1], CultureInfo.InvariantCulture) - first + 1);
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    private static partial int SetAffinity(int thread, nint size, byte[] mask);

    [LibraryImport("libc", EntryPoint = "sched_getaffinity", SetLastError = true)]
    private static partial int GetAffinity(int thread, nint size, [In, Out] byte[] mask);
}
