using System.Globalization;
using QmpHost.Hosting.CommandLine;
using QmpHost.Machine.Boards;
using QmpHost.Machine.Facts;
using QmpHost.Qapi;

namespace QmpHost.Hosting.Programs.Machine;

/// <summary>Reads all values of -numa: the memory nodes, which processors are near to them, and how far they are from each other.</summary>
/// <param name="board">The board, by its name or an alias.</param>
/// <param name="topology">The places of processors.</param>
/// <param name="profile">The release whose boards there are.</param>
/// <param name="tellsSpeed">Whether the board tells a guest how fast memory is.</param>
internal sealed class MemoryNodeOptions(string board, CpuTopology topology, VersionProfile profile, bool tellsSpeed)
{
    private const int MostNodes = 128;
    private const int ShortestDistance = 10;

    private static readonly Dictionary<string, string[]> Keys = new(StringComparer.Ordinal)
    {
        ["node"] = ["nodeid", "cpus", "mem", "memdev", "initiator"],
        ["dist"] = ["src", "dst", "val"],
        ["cpu"] = ["node-id", "socket-id", "die-id", "cluster-id", "core-id", "thread-id"],
        ["hmat-lb"] = HeterogeneousMemory.Keys["hmat-lb"],
        ["hmat-cache"] = HeterogeneousMemory.Keys["hmat-cache"],
    };

    private readonly SortedDictionary<int, Node> _nodes = [];
    private HeterogeneousMemory? _speeds;
    private bool _hasBackends;
    private bool _hasSizes;

    /// <summary>Reads the options.</summary>
    /// <param name="options">All options of the command line.</param>
    /// <exception cref="CommandLineException">A value is wrong, or the board has no nodes.</exception>
    /// <returns>The nodes in the order of their numbers.</returns>
    public IReadOnlyList<NumaNode> Read(IEnumerable<GivenOption> options)
    {
        foreach (GivenOption option in options.Where(static option => option.Name == "numa"))
        {
            Take(option);
        }

        int missing = Enumerable.Range(0, _nodes.Count).FirstOrDefault(id => !_nodes.ContainsKey(id), -1);
        return missing >= 0
            ? throw new CommandLineException(string.Create(CultureInfo.InvariantCulture, $"numa: Node ID missing: {missing}"))
            : [.. _nodes.Values.Select(static node => new NumaNode(node.Backend, node.Size, node.Processors))];
    }

    private void Take(GivenOption option)
    {
        List<(string Key, string Value)> values = Split(option.Value);
        string type = values is [("type", var first), ..] ? first : throw new CommandLineException(option, "Parameter 'type' is missing");
        if (!Keys.TryGetValue(type, out string[]? keys))
        {
            throw new CommandLineException(option, $"Parameter 'type' does not accept value '{type}'");
        }

        if (board == "none")
        {
            throw new CommandLineException(option, "NUMA is not supported by this machine-type");
        }

        if (type.StartsWith("hmat", StringComparison.Ordinal) && !tellsSpeed)
        {
            throw new CommandLineException(
                option, "ACPI Heterogeneous Memory Attribute Table (HMAT) is disabled, enable it with -machine hmat=on before using any of hmat specific options");
        }

        if (values.Skip(1).FirstOrDefault(value => !keys.Contains(value.Key)).Key is { } unknown)
        {
            throw new CommandLineException(option, $"Invalid parameter '{unknown}'");
        }

        values.RemoveAt(0);
        switch (type)
        {
            case "node":
                AddNode(option, values);
                break;
            case "dist":
                CheckDistance(option, values);
                break;
            case "hmat-lb" or "hmat-cache":
                var told = new Dictionary<string, string>(StringComparer.Ordinal);
                foreach ((string key, string value) in values)
                {
                    told[key] = value;
                }

                _speeds ??= new HeterogeneousMemory(_nodes.Keys, node => _nodes[node].Processors.Count > 0);
                _speeds.Check(option, type, told);
                break;
            default:
                PlaceProcessors(option, values);
                break;
        }
    }

    private void AddNode(GivenOption option, List<(string Key, string Value)> values)
    {
        int id = Find(values, "nodeid") is { } text ? ReadNumber(option, "nodeid", text) : _nodes.Count;
        if (id >= MostNodes)
        {
            throw new CommandLineException(option, string.Create(CultureInfo.InvariantCulture, $"Max number of NUMA nodes reached: {MostNodes}"));
        }

        if (_nodes.ContainsKey(id))
        {
            throw new CommandLineException(option, string.Create(CultureInfo.InvariantCulture, $"Duplicate NUMA nodeid: {id}"));
        }

        var node = new Node { Backend = Find(values, "memdev") };
        foreach ((_, string range) in values.Where(static value => value.Key == "cpus"))
        {
            node.Processors.AddRange(ReadRange(option, range));
        }

        AddMemory(option, values, node);
        _nodes.Add(id, node);
    }

    private void AddMemory(GivenOption option, List<(string Key, string Value)> values, Node node)
    {
        string? size = Find(values, "mem");
        if (size is not null && MachineFacts.Of(profile).Find(board)?.NumaMemSupported != true)
        {
            throw new CommandLineException(option, "Parameter -numa node,mem is not supported by this machine type\nUse -numa node,memdev instead");
        }

        _hasBackends |= node.Backend is not null;
        _hasSizes |= size is not null;
        if (_hasBackends && _hasSizes)
        {
            throw new CommandLineException(option, "numa configuration should use either mem= or memdev=,mixing both is not allowed");
        }

        node.Size = size is null ? 0 : MemoryOption.ReadSize(option, size);
    }

    private IEnumerable<int> ReadRange(GivenOption option, string text)
    {
        string[] ends = text.Split('-', 2);
        int first = ReadNumber(option, "cpus", ends[0]), last = ends.Length > 1 ? ReadNumber(option, "cpus", ends[1]) : first;
        return last < topology.MaxCpus
            ? Enumerable.Range(first, Math.Max(0, last - first + 1))
            : throw new CommandLineException(option, string.Create(CultureInfo.InvariantCulture, $"CPU index ({Math.Max(first, topology.MaxCpus)}) should be smaller than maxcpus ({topology.MaxCpus})"));
    }

    private void CheckDistance(GivenOption option, List<(string Key, string Value)> values)
    {
        int source = ReadNeeded(option, values, "src"), target = ReadNeeded(option, values, "dst"), value = ReadNeeded(option, values, "val");
        string? error = !_nodes.ContainsKey(source) || !_nodes.ContainsKey(target)
            ? "Source/Destination NUMA node is missing. Please use '-numa node' option to declare it first."
            : value < ShortestDistance ? $"NUMA distance ({value}) is invalid, it shouldn't be less than {ShortestDistance}."
            : source == target && value != ShortestDistance ? $"Local distance of node {source} should be {ShortestDistance}."
            : null;
        if (error is not null)
        {
            throw new CommandLineException(option, error);
        }
    }

    private void PlaceProcessors(GivenOption option, List<(string Key, string Value)> values)
    {
        int id = ReadNeeded(option, values, "node-id");
        if (!_nodes.TryGetValue(id, out Node? node))
        {
            throw new CommandLineException(
                option,
                string.Create(CultureInfo.InvariantCulture, $"Invalid node-id={id}, NUMA node must be defined with -numa node,nodeid=ID before it's used with -numa cpu,node-id=ID"));
        }

        int[] matches = [.. Enumerable.Range(0, topology.MaxCpus).Where(index => Matches(option, values, topology.PlaceOf(index)))];
        if (matches.Length == 0)
        {
            throw new CommandLineException(option, "no match found");
        }

        node.Processors.AddRange(matches);
    }

    private static bool Matches(GivenOption option, List<(string Key, string Value)> values, (int Socket, int Die, int Core, int Thread) place)
        => values.TrueForAll(value => value.Key switch
        {
            "socket-id" => ReadNumber(option, value.Key, value.Value) == place.Socket,
            "die-id" => ReadNumber(option, value.Key, value.Value) == place.Die,
            "core-id" => ReadNumber(option, value.Key, value.Value) == place.Core,
            "thread-id" => ReadNumber(option, value.Key, value.Value) == place.Thread,
            _ => true,
        });

    private static int ReadNeeded(GivenOption option, List<(string Key, string Value)> values, string key)
        => ReadNumber(option, key, Find(values, key) ?? throw new CommandLineException(option, $"Parameter '{key}' is missing"));

    private static int ReadNumber(GivenOption option, string key, string text)
        => ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number)
            ? number
            : throw new CommandLineException(option, $"Parameter '{key}' expects a number");

    private static string? Find(List<(string Key, string Value)> values, string key)
        => values.FindLast(value => value.Key == key).Value;

    private static List<(string Key, string Value)> Split(string text)
    {
        var values = new List<(string Key, string Value)>();
        foreach (string part in text.Split(','))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            values.Add(equals >= 0 ? (part[..equals], part[(equals + 1)..]) : values.Count == 0 ? ("type", part) : (part, "on"));
        }

        return values;
    }

    private sealed class Node
    {
        public string? Backend { get; init; }

        public ulong Size { get; set; }

        public List<int> Processors { get; } = [];
    }
}
