using System.Buffers;
using System.Globalization;
using System.Text;
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
    private static readonly HashSet<string> CommonOptions =
        ["driver", "node-name", "discard", "cache", "read-only", "auto-read-only", "force-share", "detect-zeroes"];

    /// <summary>The name of a node.</summary>
    /// <param name="node">The node.</param>
    /// <returns>The name; never empty.</returns>
    public static string Of(BlockNode node)
        => PlainNameOf(node) ?? "json:" + ToText(OptionsOf(node));

    /// <summary>The plain filename of a node, or null where options are needed to open the same image.</summary>
    /// <param name="node">The node.</param>
    /// <returns>The filename, or null.</returns>
    public static string? PlainNameOf(BlockNode node)
    {
        if (node.Driver.ExactFilename is { } exact)
        {
            return exact;
        }

        if (node.FilteredChild is { } filtered && node.Driver.Descriptor.IsFilter)
        {
            return PlainNameOf(filtered.Node);
        }

        return node.File is { } file && StrongOptionsOf(node).Count == 0 && !IsBackingOverridden(node)
            ? PlainNameOf(file.Node)
            : null;
    }

    private static bool IsBackingOverridden(BlockNode node)
        => node.Driver.Descriptor.SupportsBacking
            && node.Driver.ImageBackingFilename != (node.Backing is { } backing ? Of(backing.Node) : null);

    private static QDict OptionsOf(BlockNode node)
    {
        var options = new QDict { ["driver"] = new QString(node.Driver.Descriptor.Name) };
        foreach ((string name, QObject value) in StrongOptionsOf(node))
        {
            options.Put(name, value);
        }

        foreach (BlockChild child in node.Children)
        {
            if (child.Name != "backing")
            {
                options.Put(child.Name, OptionsOf(child.Node));
            }
        }

        if (IsBackingOverridden(node))
        {
            options.Put("backing", node.Backing is { } backing ? OptionsOf(backing.Node) : QNull.Instance);
        }

        return options;
    }

    private static QDict StrongOptionsOf(BlockNode node)
    {
        var strong = new QDict();
        foreach ((string name, QObject value) in ToDict(node.Options))
        {
            bool isChild = name == "backing" || node.Children.Any(child => child.Name == name);
            if (!isChild && !CommonOptions.Contains(name) && node.Driver.Descriptor.IsStrongOption(name))
            {
                Flatten(strong, name, value);
            }
        }

        return strong;
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
                foreach ((string key, QObject inner) in dict)
                {
                    Flatten(target, $"{name}.{key}", inner);
                }

                break;
            default:
                target.Put(name, value);
                break;
        }
    }

    private static QDict ToDict(BlockdevOptions options)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new QapiWriter(buffer);
        options.WriteTo(writer, VersionProfile.Default);
        writer.Flush();
        return (QDict)JsonParser.Parse(buffer.WrittenSpan);
    }

    private static string ToText(QDict options)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new QapiWriter(buffer);
        writer.WriteObject(options);
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
