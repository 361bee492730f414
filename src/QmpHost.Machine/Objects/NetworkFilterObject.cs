using System.Globalization;
using QmpHost.Block.Core;
using QmpHost.Machine.Devices;
using QmpHost.Machine.Network;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;
using QmpHost.Qapi.Files;

namespace QmpHost.Machine.Objects;

/// <summary>A filter of the packets of a network backend. None come: it has its place among the others, and that is all.</summary>
public sealed class NetworkFilterObject : StoredObject
{
    private const string Tail = "tail", Head = "head", NamedPlace = "id=";
    private const long LongestPacket = 65536;

    private static readonly QomClass Base = new("netfilter", QomClass.Object,
    [
        StoredProperty.Words("queue", "NetFilterDirection", "all", ["all", "rx", "tx"], null),
        StoredProperty.Text("netdev", string.Empty),
        StoredProperty.Checked("insert", "behind", static (_, value) => QmpException.ThrowIf(
            value is not ("before" or "behind"), "Invalid value for netfilter insert, should be 'before' or 'behind'")),
        StoredProperty.Checked("status", "on", static (_, value) => QmpException.ThrowIf(
            value is not ("on" or "off"), "Invalid value for netfilter status, should be 'on' or 'off'")),
        StoredProperty.Text("position", Tail),
    ], isAbstract: true);

    private readonly NetworkBackends _network;
    private readonly Func<ICharacterFrontEnds?> _frontEnds;
    private readonly List<IDisposable> _attached = [];

    /// <summary>Makes an object.</summary>
    /// <param name="qomClass">One of the classes.</param>
    /// <param name="tree">The tree that it will be in.</param>
    /// <param name="network">The network backends.</param>
    /// <param name="frontEnds">The character devices that some send packets to.</param>
    public NetworkFilterObject(QomClass qomClass, QomTree tree, NetworkBackends network, Func<ICharacterFrontEnds?> frontEnds)
        : base(qomClass, tree)
    {
        _network = network;
        _frontEnds = frontEnds;
    }

    /// <summary>The classes.</summary>
    public static IReadOnlyList<QomClass> Classes { get; } =
    [
        new("filter-buffer", Base, [StoredProperty.Positive("interval", "filter-buffer")]),
        new("filter-dump", Base, [StoredProperty.Whole("maxlen", LongestPacket), StoredProperty.Text("file", string.Empty)]),
        new("filter-mirror", Base, [StoredProperty.Text("outdev", string.Empty), StoredProperty.Bool("vnet_hdr_support", false)]),
        new("filter-redirector", Base,
            [StoredProperty.Text("outdev", string.Empty), StoredProperty.Text("indev", string.Empty), StoredProperty.Bool("vnet_hdr_support", false)]),
        new("filter-replay", Base),
        new("filter-rewriter", Base, [StoredProperty.Bool("vnet_hdr_support", false)]),
    ];

    /// <summary>What "info network" says of it.</summary>
    public string Description => $"{Name}: type={Class.Name},{string.Join(',', Class.Properties.Reverse().Where(static p => p.Name != "type").Select(Describe))}";

    /// <inheritdoc/>
    protected internal override void Complete()
    {
        string backend = Text("netdev");
        QmpException.ThrowIf(!_network.Has(backend), "Parameter 'netdev' expects a network backend id");
        string position = Text("position");
        NetworkFilterObject? other = FindOther(position);
        try
        {
            Prepare();
        }
        catch (QmpException)
        {
            LetGo();
            throw;
        }

        _network.AddFilter(backend, this, (position, other, Text("insert")) switch
        {
            (_, { } neighbour, "before") => (neighbour, false),
            (_, { } neighbour, _) => (neighbour, true),
            (Head, null, _) => (null, false),
            _ => (null, true),
        });
        base.Complete();
    }

    /// <inheritdoc/>
    protected internal override void Finish()
    {
        _network.RemoveFilter(this);
        LetGo();
    }

    private void LetGo()
    {
        foreach (IDisposable attached in _attached)
        {
            attached.Dispose();
        }

        _attached.Clear();
    }

    private NetworkFilterObject? FindOther(string position)
    {
        if (position is Head or Tail)
        {
            return null;
        }

        QmpException.ThrowIf(!position.StartsWith(NamedPlace, StringComparison.Ordinal), "Parameter 'position' expects 'head', 'tail' or 'id=<id>'");
        string id = position[NamedPlace.Length..];
        return Tree.Objects.Follow(id) as NetworkFilterObject ?? throw new QmpException($"filter '{id}' not found");
    }

    // What a kind needs for its work.
    private void Prepare()
    {
        switch (Class.Name)
        {
            case "filter-dump":
                string path = Text("file");
                using (FileStream? file = SystemFile.Open(path, FileMode.Create, FileAccess.Write, out int error))
                {
                    QmpException.ThrowIf(file is null, $"net dump: can't open {path}: {SystemFile.Describe(error)}");
                    WriteHeader(file!);
                }

                break;
            case "filter-mirror":
                Attach(Text("outdev"));
                break;
            case "filter-redirector":
                string from = Text("indev"), to = Text("outdev");
                QmpException.ThrowIf(from.Length == 0 && to.Length == 0, "filter redirector needs 'indev' or 'outdev' at least one property set");
                QmpException.ThrowIf(from == to, "'indev' and 'outdev' could not be same for filter redirector");
                Attach(from);
                Attach(to);
                break;
            default:
                break;
        }
    }

    // A file of packets (the format of pcap) without any.
    private void WriteHeader(FileStream file)
    {
        const int size = 24, linkOfEthernet = 1;
        Span<byte> header = stackalloc byte[size];
        header.Clear();
        BitConverter.TryWriteBytes(header, 0xA1B2C3D4);
        BitConverter.TryWriteBytes(header[4..], (ushort)2);
        BitConverter.TryWriteBytes(header[6..], (ushort)4);
        BitConverter.TryWriteBytes(header[16..], (uint)Number("maxlen"));
        BitConverter.TryWriteBytes(header[20..], linkOfEthernet);
        file.Write(header);
    }

    private void Attach(string id)
    {
        if (id.Length > 0)
        {
            _attached.Add(_frontEnds().Attach(id));
        }
    }

    private string Describe(QomProperty property) => property.Get!(this) switch
    {
        QNum number => string.Create(CultureInfo.InvariantCulture, $"{property.Name}={number}"),
        QBool flag => $"{property.Name}={(flag.Value ? "true" : "false")}",
        QObject value => $"{property.Name}={((QString)value).Value}",
    };
}
