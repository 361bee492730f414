using System.Globalization;
using QmpHost.Hosting.CommandLine;
using QmpHost.Qapi.Keyval;

namespace QmpHost.Hosting.Programs.Machine;

/// <summary>Checks what -numa says of how fast processors reach memory: hmat-lb and hmat-cache. It goes into a table that only a guest reads.</summary>
/// <param name="nodes">The numbers of the nodes that there are.</param>
/// <param name="hasProcessors">Whether a node was given processors.</param>
internal sealed class HeterogeneousMemory(IReadOnlyCollection<int> nodes, Func<int, bool> hasProcessors)
{
    private const int MebiBits = 20;

    /// <summary>The keys of either kind.</summary>
    public static IReadOnlyDictionary<string, string[]> Keys { get; } = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["hmat-lb"] = ["initiator", "target", "hierarchy", "data-type", "latency", "bandwidth"],
        ["hmat-cache"] = ["node-id", "size", "level", "associativity", "policy", "line"],
    };

    private static readonly string[] Hierarchies = ["memory", "first-level", "second-level", "third-level"];

    private static readonly string[] Latencies = ["access-latency", "read-latency", "write-latency"];

    private static readonly string[] Bandwidths = ["access-bandwidth", "read-bandwidth", "write-bandwidth"];

    private static readonly string[] Associativities = ["none", "direct", "complex"];

    private static readonly string[] Policies = ["none", "write-back", "write-through"];

    private readonly HashSet<int> _told = [];

    /// <summary>Checks an option.</summary>
    /// <param name="option">The option.</param>
    /// <param name="type">Which of both it is.</param>
    /// <param name="values">What it says.</param>
    /// <exception cref="CommandLineException">Something is missing or wrong.</exception>
    public void Check(GivenOption option, string type, IReadOnlyDictionary<string, string> values)
    {
        if (Keys[type].FirstOrDefault(key => key is not ("latency" or "bandwidth") && !values.ContainsKey(key)) is { } missing)
        {
            throw new CommandLineException(option, $"Parameter '{missing}' is missing");
        }

        if (type == "hmat-lb")
        {
            CheckSpeed(option, values);
        }
        else
        {
            CheckCache(option, values);
        }
    }

    private void CheckCache(GivenOption option, IReadOnlyDictionary<string, string> values)
    {
        RequireOneOf(option, "associativity", values, Associativities);
        RequireOneOf(option, "policy", values, Policies);
        int node = RequireNode(option, "node-id", values["node-id"]);
        if (!_told.Contains(node))
        {
            throw new CommandLineException(
                option, string.Create(CultureInfo.InvariantCulture, $"The latency and bandwidth information of node-id={node} should be provided before memory side cache attributes"));
        }
    }

    private static void RequireOneOf(GivenOption option, string key, IReadOnlyDictionary<string, string> values, IEnumerable<string> known)
    {
        if (!known.Contains(values[key]))
        {
            throw new CommandLineException(option, $"Parameter '{key}' does not accept value '{values[key]}'");
        }
    }

    private void CheckSpeed(GivenOption option, IReadOnlyDictionary<string, string> values)
    {
        string kind = values["data-type"];
        RequireOneOf(option, "hierarchy", values, Hierarchies);
        RequireOneOf(option, "data-type", values, Latencies.Concat(Bandwidths));
        int initiator = RequireNode(option, "initiator", values["initiator"]);
        int target = RequireNode(option, "target", values["target"]);
        if (!hasProcessors(initiator))
        {
            throw new CommandLineException(option, string.Create(CultureInfo.InvariantCulture, $"Invalid initiator={initiator}, it isn't an initiator proximity domain"));
        }

        (string needed, string other) = Latencies.Contains(kind) ? ("latency", "bandwidth") : ("bandwidth", "latency");
        if (!values.ContainsKey(needed))
        {
            throw new CommandLineException(option, $"Missing '{needed}' option");
        }

        if (values.ContainsKey(other))
        {
            throw new CommandLineException(option, $"Invalid option '{other}' since the data type is {needed}");
        }

        if (needed == "bandwidth" && CommandLineScalar.ReadSize(values[needed]) is { } bandwidth && (bandwidth & ((1UL << MebiBits) - 1)) != 0)
        {
            throw new CommandLineException(
                option, string.Create(CultureInfo.InvariantCulture, $"Bandwidth {bandwidth} between initiator={initiator} and target={target} should be 1MB aligned"));
        }

        _told.Add(target);
    }

    private int RequireNode(GivenOption option, string key, string text)
    {
        int node = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new CommandLineException(option, $"Parameter '{key}' expects a number");
        return nodes.Contains(node)
            ? node
            : throw new CommandLineException(option, string.Create(CultureInfo.InvariantCulture, $"Invalid {key}={node}, it should be less than {nodes.Count}"));
    }
}
