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
    private readonly MachineConfiguration _configuration;
    private readonly bool _hasPlaces;
    private readonly CpuTopology _topology;
    private readonly VersionProfile _profile;
    private readonly QomClass _class;
    private readonly List<IProcessor> _processors = [];

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
        _configuration = configuration;
        _hasPlaces = _exist && board != "microvm";
        Model = configuration.CpuModel ?? (_exist && MachineFacts.Of(profile).Find(board)?.DefaultCpuType is { } type ? CpuModelFacts.ModelOf(type) : DefaultModel);
        _class = new QomClass(CpuModelFacts.TypeOf(Model), QomClass.Object, ListProperties);
    }

    /// <summary>The model.</summary>
    public string Model { get; }

    /// <summary>How many there are.</summary>
    public int Count => _processors.Count;

    /// <summary>Their places, in the order in which they came.</summary>
    public IEnumerable<int> Indices => _processors.Select(static processor => processor.Index);

    /// <summary>Their threads; null where one of the process stands for all.</summary>
    public ProcessorThreads? Threads { get; set; }

    /// <summary>The name of their type.</summary>
    internal string TypeName => _class.Name;

    /// <summary>What the registers of each hold.</summary>
    public ProcessorRegisters Registers => field ??= new ProcessorRegisters(ReadSignature(), _profile.Has(Behaviour.MonitorReadsLikeDebuggers));

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
        Devices.BoardParts.MakeRoom(unattached, HelperNumber + 1, _topology.Cpus - 1);
        for (int i = 0; i < _topology.Cpus; i++)
        {
            var processor = new ProcessorObject(_class, i);
            unattached.AddChild(NameOf(i), processor);
            _processors.Add(processor);
        }
    }

    /// <summary>query-cpus-fast.</summary>
    public IReadOnlyList<CpuInfoFast> List() => [.. _processors.Select(processor => new CpuInfoFast.X8664
    {
        CpuIndex = processor.Index,
        QomPath = processor.Path,
        ThreadId = Threads?.IdOf(processor.Index) ?? Environment.ProcessId,
        Props = PlaceOf(processor.Index),
        QomType = TypeName,
    })];

    /// <summary>query-hotpluggable-cpus: the last place first.</summary>
    /// <exception cref="QmpException">The board has no places for processors.</exception>
    public IReadOnlyList<HotpluggableCPU> ListPlaces() => _hasPlaces
        ? [.. Enumerable.Range(0, _topology.MaxCpus).Reverse().Select(index => new HotpluggableCPU
        {
            Type = TypeName,
            VcpusCount = 1,
            Props = PlaceOf(index),
            QomPath = _processors.Find(processor => processor.Index == index)?.Path,
        })]
        : throw new QmpException(_profile.Has(Behaviour.MissingPartsAreNamed)
            ? "machine does not support hot-plugging CPUs"
            : "The feature 'query-hotpluggable-cpus' is not enabled");

    /// <summary>Makes a processor for a place that is empty.</summary>
    /// <param name="place">The place.</param>
    /// <param name="context">The machine around it.</param>
    /// <exception cref="QmpException">There is no such place, or it is taken.</exception>
    internal Devices.ProcessorDevice Make(ProcessorPlace place, Devices.DeviceContext context)
    {
        int index = place.Find(_topology);
        QmpException.ThrowIf(_processors.Exists(processor => processor.Index == index), $"CPU[{index}] with APIC ID {index} exists");
        int node = _configuration.NodeOf(index) ?? 0;
        QmpException.ThrowIf(place.Node is { } given && given != node, $"invalid node-id, must be {node}");
        return new Devices.ProcessorDevice(_class, context, index);
    }

    /// <summary>Adds a processor that is in the tree.</summary>
    internal void Add(IProcessor processor) => _processors.Add(processor);

    /// <summary>Whether processors have a property.</summary>
    internal bool HasProperty(string name) => _class.Find(name) is not null;

    // A family that needs more than four bits, and a model that does, continue in bits further up.
    private long ReadSignature()
    {
        const int widest = 15, stepBits = 4, familyShift = 8, modelShift = 16, restShift = 20;
        QDict values = CpuModelFacts.Of(_profile).Configure(Model, _configuration.CpuFeatures);
        long family = Read("family"), model = Read("model");
        return Read("stepping") | ((model & widest) << stepBits) | (Math.Min(family, widest) << familyShift)
            | ((model >> stepBits) << modelShift) | (Math.Max(0, family - widest) << restShift);

        long Read(string name) => values.Find(name) is QNum number && number.TryGetInt64(out long value) ? value : 0;
    }

    private static string NameOf(int index) => $"device[{(index < HelperNumber ? index : index + 1)}]";

    private CpuInstanceProperties PlaceOf(int index)
    {
        (int socket, int die, int core, int thread) = _topology.PlaceOf(index);
        return new CpuInstanceProperties
        {
            NodeId = _configuration.NodeOf(index),
            SocketId = socket,
            DieId = _topology.Dies > 1 ? die : null,
            CoreId = core,
            ThreadId = thread,
        };
    }

    private IEnumerable<QomProperty> ListProperties()
    {
        QDict values = CpuModelFacts.Of(_profile).Configure(Model, _configuration.CpuFeatures);
        return TypeFacts.Of(_profile).ListProperties(TypeName).Where(static property => property.Name != "type")
            .Select(property => new QomProperty
            {
                Name = property.Name,
                Type = property.Type,
                Get = property.Name == "legacy-memory"
                    ? null
                    : o => _configuration.CpuFeatures.Find(property.Name) is null && ReadOwn((IProcessor)o, property.Name) is { } own
                        ? own
                        : values.Find(property.Name) ?? Absent(property.Type),
            });
    }

    private static QObject Absent(string type) => type switch
    {
        "strList" or "X86CPUFeatureWordInfo" => new QList(),
        "bool" => QBool.False,
        _ => new QString(string.Empty),
    };

    private QObject? ReadOwn(IProcessor processor, string name)
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
            "hotplugged" => QBool.From(processor.IsHotplugged),
            "phys-bits" => new QNum(EmulatedAddressBits),
            "hv-vendor-id" => new QString("Microsoft Hv"),
            "crash-information" => throw new QmpException("No crash occurred"),
            _ => null,
        };
    }

    private sealed class ProcessorObject(QomClass type, int index) : QomObject(type), IProcessor
    {
        public int Index => index;

        public bool IsHotplugged => false;
    }
}
