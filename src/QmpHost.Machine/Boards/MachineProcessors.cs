using QmpHost.Machine.Facts;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Boards;

/// <summary>The processors of a machine: kept and shown, never run. Used on the host's event loop only.</summary>
public sealed class MachineProcessors
{
    // The board's local interrupt helper comes behind the first processor.
    private const int HelperNumber = 1;
    private const string DefaultModel = "qemu64";
    private const long EmulatedAddressBits = 40;

    private readonly bool _exist;
    private readonly bool _hasNode;
    private readonly CpuTopology _topology;
    private readonly VersionProfile _profile;

    /// <summary>Describes processors.</summary>
    /// <param name="board">The board; the empty one has none.</param>
    /// <param name="configuration">How many there are, and of which model.</param>
    /// <param name="profile">The release whose models there are.</param>
    public MachineProcessors(string board, MachineConfiguration configuration, VersionProfile profile)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        _exist = board != "none";
        _topology = configuration.Topology;
        _profile = profile;
        _hasNode = configuration.CanGrow;
        Model = configuration.CpuModel ?? DefaultModel;
    }

    /// <summary>The model.</summary>
    public string Model { get; }

    /// <summary>How many there are.</summary>
    public int Count => _exist ? _topology.Cpus : 0;

    /// <summary>Puts the processors into the tree of objects.</summary>
    /// <param name="tree">The host's tree, which has the board already.</param>
    public void Build(QomTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        if (!_exist)
        {
            return;
        }

        QomObject unattached = tree.Root.GetContainer("machine").GetContainer("unattached");
        Devices.BoardParts.MakeRoom(unattached, HelperNumber + 1, Count - 1);
        var type = new QomClass(CpuModelFacts.TypeOf(Model), QomClass.Object, ListProperties);
        for (int i = 0; i < Count; i++)
        {
            unattached.AddChild(NameOf(i), new ProcessorObject(type, i));
        }
    }

    /// <summary>query-cpus-fast.</summary>
    public IReadOnlyList<CpuInfoFast> List() => [.. Enumerable.Range(0, Count).Select(index => new CpuInfoFast
    {
        CpuIndex = index,
        QomPath = PathOf(index),

        // Work is not bound to threads of the system here: the process's first one stands for them.
        ThreadId = Environment.ProcessId,
        Props = PlaceOf(index),
        Target = SysEmuTarget.X8664,
    })];

    /// <summary>query-hotpluggable-cpus: the last place first.</summary>
    /// <exception cref="QmpException">The board has no places for processors.</exception>
    public IReadOnlyList<HotpluggableCPU> ListPlaces() => _exist
        ? [.. Enumerable.Range(0, _topology.MaxCpus).Reverse().Select(index => new HotpluggableCPU
        {
            Type = CpuModelFacts.TypeOf(Model),
            VcpusCount = 1,
            Props = PlaceOf(index),
            QomPath = index < Count ? PathOf(index) : null,
        })]
        : throw new QmpException("The feature 'query-hotpluggable-cpus' is not enabled");

    private static string NameOf(int index) => $"device[{(index < HelperNumber ? index : index + 1)}]";

    private static string PathOf(int index) => $"/machine/unattached/{NameOf(index)}";

    private CpuInstanceProperties PlaceOf(int index)
    {
        (int socket, int die, int core, int thread) = _topology.PlaceOf(index);
        return new CpuInstanceProperties
        {
            NodeId = _hasNode ? 0 : null,
            SocketId = socket,
            DieId = _topology.Dies > 1 || _profile.Has(Behaviour.ProcessorsTellTheirDie) ? die : null,
            CoreId = core,
            ThreadId = thread,
        };
    }

    private IEnumerable<QomProperty> ListProperties()
    {
        QDict values = CpuModelFacts.Of(_profile).Expand(Model, CpuModelExpansionType.Full);
        return TypeFacts.Of(_profile).ListProperties(CpuModelFacts.TypeOf(Model)).Where(static property => property.Name != "type")
            .Select(property => new QomProperty
            {
                Name = property.Name,
                Type = property.Type,
                Get = property.Name == "legacy-memory" ? null : o => ReadOwn((ProcessorObject)o, property.Name) ?? values.Find(property.Name) ?? Absent(property.Type),
            });
    }

    private static QObject Absent(string type) => type switch
    {
        "strList" or "X86CPUFeatureWordInfo" => new QList(),
        "bool" => QBool.False,
        _ => new QString(string.Empty),
    };

    private QObject? ReadOwn(ProcessorObject processor, string name)
    {
        (int socket, int die, int core, int thread) = _topology.PlaceOf(processor.Index);
        return name switch
        {
            "socket-id" => new QNum((long)socket),
            "die-id" => new QNum((long)die),
            "core-id" => new QNum((long)core),
            "thread-id" => new QNum((long)thread),
            "apic-id" => new QNum((long)processor.Index),
            "realized" or "hotpluggable" => QBool.True,
            "phys-bits" => new QNum(EmulatedAddressBits),
            "hv-vendor-id" => new QString("Microsoft Hv"),
            "crash-information" => throw new QmpException("No crash occurred"),
            _ => null,
        };
    }

    private sealed class ProcessorObject(QomClass type, int index) : QomObject(type)
    {
        public int Index => index;
    }
}
