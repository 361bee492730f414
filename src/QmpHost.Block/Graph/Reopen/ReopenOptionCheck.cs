using System.Globalization;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Reopen;

/// <summary>
/// Holds new options of a node against the old ones. Options are compared one by one, with the names that flattened ones have
/// ("overlap-check.template"), in the order in which QEMU comes across them.
/// </summary>
internal static class ReopenOptionCheck
{
    private const string Activity = "active";

    private static readonly HashSet<string> Free = ["read-only", "auto-read-only", "discard", "detect-zeroes", "cache.direct", "cache.no-flush"];

    /// <summary>The options with their members as values.</summary>
    /// <param name="node">The node that they are of.</param>
    /// <param name="options">The options.</param>
    public static QDict ToDict(BlockNode node, BlockdevOptions options) => (QDict)options.ToObject(node.Graph.Context.Profile);

    /// <summary>Refuses to leave out an option whose default cannot come back.</summary>
    /// <exception cref="QmpException">"Option 'x' cannot be reset to its default value".</exception>
    public static void CheckResets(BlockNode node, BlockdevOptions options)
    {
        QDict given = Flatten(node, options);
        foreach ((string name, _) in Flatten(node, node.Options))
        {
            bool mayGo = Free.Contains(name) || name is "driver" or "node-name" || IsChild(node, HeadOf(name))
                || (name != "force-share" && node.Driver.Descriptor.GetOptionChange(HeadOf(name)) == OptionChange.Free);
            // Whether a node is active is taken out of the new options before this is looked at, so that QEMU misses it in any case.
            if (!mayGo && (name == Activity || !given.ContainsKey(name)))
            {
                throw new QmpException($"Option '{name}' cannot be reset to its default value");
            }
        }
    }

    /// <summary>Refuses to change an option that cannot be changed.</summary>
    /// <param name="node">The node.</param>
    /// <param name="options">The new options.</param>
    /// <param name="taken">The names of the children that change.</param>
    /// <exception cref="QmpException">"Cannot change the option 'x'".</exception>
    public static void CheckRest(BlockNode node, BlockdevOptions options, IReadOnlyCollection<string> taken)
    {
        QDict old = Flatten(node, node.Options);
        foreach ((string name, QObject value) in Flatten(node, options))
        {
            if (!Free.Contains(name) && name != Activity && !taken.Contains(name) && !IsAsBefore(node, old, name, value))
            {
                throw new QmpException($"Cannot change the option '{name}'");
            }
        }
    }

    /// <summary>Refuses to open a node again that keeps its own options, where one of them cannot be said twice.</summary>
    /// <param name="node">The node.</param>
    /// <exception cref="QmpException">"Cannot change the option 'force-share'".</exception>
    public static void CheckKept(BlockNode node)
    {
        if (node.Options.ForceShare is not null)
        {
            throw new QmpException("Cannot change the option 'force-share'");
        }
    }

    private static bool IsAsBefore(BlockNode node, QDict old, string name, QObject value)
    {
        string head = HeadOf(name);
        if (FindChild(node, head) is { } child)
        {
            // What a definition says of a child of the node's own is compared there.
            return head == name ? IsSameChild(child, value) : child.Node.InheritsFrom == node;
        }

        OptionChange change = name is "driver" or "node-name" or "cache" ? OptionChange.Fixed
            : name == "force-share" ? OptionChange.NotAgain
            : node.Driver.Descriptor.GetOptionChange(head);
        return change switch
        {
            OptionChange.Free or OptionChange.Changeable => true,
            OptionChange.NotAgain => false,
            _ => old.TryGetValue(name, out QObject? before) && value.DeepEquals(before),
        };
    }

    private static bool IsSameChild(BlockChild child, QObject value) => value is QString name && name.Value == child.Node.NodeName;

    private static bool IsChild(BlockNode node, string name) => name == "backing" || FindChild(node, name) is not null;

    private static BlockChild? FindChild(BlockNode node, string name)
    {
        foreach (BlockChild child in node.Children)
        {
            if (child.Name == name)
            {
                return child;
            }
        }

        return null;
    }

    private static string HeadOf(string name)
    {
        int point = name.IndexOf('.', StringComparison.Ordinal);
        return point < 0 ? name : name[..point];
    }

    private static QDict Flatten(BlockNode node, BlockdevOptions options)
    {
        var flat = new QDict();
        Flatten(flat, "", ToDict(node, options));
        return WireOrder.Copy(flat);
    }

    private static void Flatten(QDict flat, string prefix, QDict members)
    {
        foreach ((string name, QObject value) in members)
        {
            Flatten(flat, prefix + name, value);
        }
    }

    private static void Flatten(QDict flat, string name, QObject value)
    {
        switch (value)
        {
            case QDict { Count: > 0 } dict:
                Flatten(flat, name + ".", dict);
                break;
            case QList { Count: > 0 } list:
                for (int i = 0; i < list.Count; i++)
                {
                    Flatten(flat, string.Create(CultureInfo.InvariantCulture, $"{name}.{i}"), list[i]);
                }

                break;
            default:
                flat.Put(name, value);
                break;
        }
    }
}
