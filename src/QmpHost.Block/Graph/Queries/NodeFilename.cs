using System.Globalization;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Queries;

/// <summary>
/// The name that listings show for a node: a plain filename where that alone opens the same image again, otherwise
/// "json:" and the options that decide what is read.
/// </summary>
/// <remarks>Used on the host's event loop only.</remarks>
public static class NodeFilename
{
    private const int MaxLength = 4095;

    private static readonly HashSet<string> CommonOptions =
        ["driver", "node-name", "discard", "cache", "active", "read-only", "auto-read-only", "force-share", "detect-zeroes"];

    /// <summary>The name of a node.</summary>
    /// <param name="node">The node.</param>
    /// <returns>The name; never empty.</returns>
    public static string Of(BlockNode node)
    {
        long version = node.Graph.Version;
        if (node.CachedFilename is { } cached && cached.Version == version)
        {
            return cached.Name;
        }

        string name = node.Driver.ExactFilename ?? Cut($"json:{OptionsOf(node)}");
        node.CachedFilename = (version, name);
        return name;
    }

    /// <summary>
    /// The plain name of a format node: that of its file, if opening the file with this format would make the same nodes
    /// again.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <returns>The name, or null where options are needed.</returns>
    public static string? PlainNameOf(BlockNode node)
        => node.PrimaryChild?.Node is { } file && file.Driver.Descriptor.IsProtocol && !node.Driver.Descriptor.IsFilter
            && !IsBackingOverridden(node) && StrongOptionsOf(node).Count == 0
                ? file.Driver.ExactFilename
                : null;

    /// <summary>Whether options of a node's own decide what is read.</summary>
    /// <param name="node">The node.</param>
    /// <returns>True if it has any.</returns>
    public static bool HasStrongOptions(BlockNode node) => StrongOptionsOf(node).Count > 0;

    private static bool IsBackingOverridden(BlockNode node)
        => node.Driver.Descriptor.SupportsBacking
            && (node.AutoBackingFilename ?? node.Driver.BackingFilename) != (node.Backing is { } backing ? Of(backing.Node) : null);

    private static QDict OptionsOf(BlockNode node)
    {
        // The driver comes before the options of its own: members of one bucket stand in the reverse order.
        var options = new QDict { ["driver"] = new QString(node.Driver.Descriptor.Name) };
        foreach ((string name, QObject value) in StrongOptionsOf(node))
        {
            options.Put(name, value);
        }

        bool isOverridden = IsBackingOverridden(node);
        if (node.Driver.Descriptor.ChildListOption is { } list)
        {
            var children = new QList();
            foreach (BlockChild child in node.Children)
            {
                children.Add(OptionsOf(child.Node));
            }

            options.Put(list, children);
            return options;
        }

        foreach (BlockChild child in node.Children.Reverse())
        {
            if ((child.Role & ChildRole.Cow) == 0 || isOverridden)
            {
                options.Put(child.Name, OptionsOf(child.Node));
            }
        }

        if (isOverridden && node.Backing is null)
        {
            options.Put("backing", QNull.Instance);
        }

        return options;
    }

    private static QDict StrongOptionsOf(BlockNode node)
    {
        var strong = new QDict();
        if (node.Options.Branch is null)
        {
            return strong;
        }

        string prefix = string.Concat(node.DefinedIn.Select(static edge => edge + "."));

        // Flattened names come after those that are flat already; moving them all to another table turns members of one bucket round.
        QDict options = WireOrder.Copy((QDict)node.Options.ToObject(node.Graph.Context.Profile));
        foreach ((string name, QObject value) in options.OrderBy(static member => member.Value is QList or QDict))
        {
            bool isChild = name == "backing" || name == node.Driver.Descriptor.ChildListOption || node.Children.Any(child => child.Name == name);
            if (!isChild && !CommonOptions.Contains(name))
            {
                QObject shown = node.GivenTexts is { } texts && texts.TryGetValue(name, out QObject? given) ? AsGiven(value, given) : value;
                PutStrong(node.Driver.Descriptor, strong, prefix, name, shown);
            }
        }

        return node.DefinedIn.Aggregate(WireOrder.Copy(strong), TakeOut);
    }

    private static QObject AsGiven(QObject value, QObject given)
    {
        if (value is QDict members && given is QDict texts)
        {
            var shown = new QDict();
            foreach ((string name, QObject member) in members)
            {
                shown.Put(name, texts.TryGetValue(name, out QObject? text) ? AsGiven(member, text) : member);
            }

            return shown;
        }

        if (value is QList items && given is QDict numbered)
        {
            var shown = new QList();
            foreach ((QObject item, KeyValuePair<string, QObject> text) in items.Zip(numbered))
            {
                shown.Add(AsGiven(item, text.Value));
            }

            return shown;
        }

        return given is QString && value is not (QDict or QList) ? given : value;
    }

    // Of the members of an option, some may be strong alone.
    private static void PutStrong(BlockDriverDescriptor descriptor, QDict strong, string prefix, string name, QObject value)
    {
        if (descriptor.IsStrongOption(name))
        {
            Flatten(strong, prefix + name, value);
        }
        else if (value is QDict members)
        {
            foreach ((string member, QObject inner) in WireOrder.Copy(members))
            {
                PutStrong(descriptor, strong, prefix, $"{name}.{member}", inner);
            }
        }
    }

    // The options of a child are copied and taken out of those of its parent, from level to level, which turns them round too.
    private static QDict TakeOut(QDict options, string edge)
    {
        var taken = new QDict();
        foreach ((string name, QObject value) in WireOrder.Copy(options))
        {
            taken.Put(name[(edge.Length + 1)..], value);
        }

        return WireOrder.Copy(taken);
    }

    private static void Flatten(QDict target, string name, QObject value)
    {
        switch (value)
        {
            case QList list:
                for (int i = 0; i < list.Count; i++)
                {
                    Flatten(target, string.Create(CultureInfo.InvariantCulture, $"{name}.{i}"), list[i]);
                }

                break;
            case QDict dict:
                foreach ((string key, QObject inner) in WireOrder.Copy(dict))
                {
                    Flatten(target, $"{name}.{key}", inner);
                }

                break;
            default:
                target.Put(name, value);
                break;
        }
    }

    // Names have a limit, in bytes; one that exceeds it shows so at its end.
    private static string Cut(string name)
    {
        if (name.Length * 3 <= MaxLength || ModifiedUtf8.GetByteCount(name) <= MaxLength)
        {
            return name;
        }

        return ModifiedUtf8.GetString(ModifiedUtf8.GetBytes(name).AsSpan(0, MaxLength - 3)) + "...";
    }
}
