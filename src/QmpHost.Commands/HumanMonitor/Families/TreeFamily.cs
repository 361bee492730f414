using System.Buffers;
using System.Text;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Commands.HumanMonitor.Families;

/// <summary>The tree of objects, and the PCI buses in it.</summary>
internal static class TreeFamily
{
    /// <summary>The commands.</summary>
    public static IEnumerable<HmpCommand> All =>
    [
        new DelegateCommand("qom-list", "path", "list QOM properties", List),
        new DelegateCommand("qom-get", "path property", "print QOM property", Get),
        new DelegateCommand("qom-set", "[-j] path property value", "set QOM property.\n\t\t\t-j: the value is specified in json format.", SetAsync),
        new DelegateCommand("info pci", "", "show PCI info", TellPci),
        new DelegateCommand("info qom-tree", "[path]", "show QOM composition tree", TellTree),
        new DelegateCommand("info qdm", "", "show qdev device model list", TellModels),
    ];

    private static ValueTask List(HmpContext context, HmpArgumentReader arguments)
    {
        string? path = arguments.TakeOptionalString("string");
        arguments.ExpectEnd();
        if (path is null)
        {
            context.Reply.Append("/\n");
            return default;
        }

        foreach (QomProperty property in context.Host.Tree.List(path))
        {
            context.Reply.Append(property.Name).Append(" (").Append(property.Type).Append(")\n");
        }

        return default;
    }

    private static ValueTask Get(HmpContext context, HmpArgumentReader arguments)
    {
        string path = arguments.TakeString("string");
        string property = arguments.TakeString("string");
        arguments.ExpectEnd();
        context.Reply.Append(Pretty(context.Host.Tree.GetProperty(path, property))).Append('\n');
        return default;
    }

    private static string Pretty(QObject value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new QapiWriter(buffer, pretty: true);
        writer.WriteObject(value);
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static async ValueTask SetAsync(HmpContext context, HmpArgumentReader arguments)
    {
        bool isJson = arguments.TakeFlag('j');
        string path = arguments.TakeString("string");
        string property = arguments.TakeString("string");
        string value = arguments.TakeRest();
        QomObject target = context.Host.Tree.Get(path);
        await QomTree.SetPropertyAsync(
            target, isJson ? new StrictValueReader(property, JsonParser.Parse(value)) : new KeyvalValueReader(property, value));
    }

    private static ValueTask TellPci(HmpContext context, HmpArgumentReader arguments)
    {
        arguments.ExpectEnd();
        PciText.Append(context.Reply, context.Host.Devices?.QueryPci() ?? []);
        return default;
    }

    private static ValueTask TellTree(HmpContext context, HmpArgumentReader arguments)
    {
        string? path = arguments.TakeOptionalString("string");
        arguments.ExpectEnd();
        context.Host.Tree.Complete();
        QomObject? start = path is null ? context.Host.Tree.Root.Follow("machine") : context.Host.Tree.Resolve<QomObject>(path);
        if (start is null)
        {
            context.Reply.Append(path is null ? "Object tree is empty\n" : $"Path '{path}' could not be resolved.\n");
            return default;
        }

        Append(context, start, 0);
        return default;
    }

    private static void Append(HmpContext context, QomObject at, int depth)
    {
        string name = at.Path == "/machine" || at.Name is null ? (at.Name is null ? string.Empty : at.Path) : "/" + at.Name;
        context.Reply.Append(' ', depth * 2).Append(name).Append(" (").Append(at.Class.Name).Append(")\n");
        foreach (QomObject child in at.Children.OrderBy(static child => child.Name, StringComparer.Ordinal))
        {
            Append(context, child, depth + 1);
        }
    }

    private static ValueTask TellModels(HmpContext context, HmpArgumentReader arguments)
    {
        arguments.ExpectEnd();
        context.Host.HasLoadedModules = true;
        foreach (string line in Machine.Devices.MachineDevices.ListModels())
        {
            context.Reply.Append(line).Append('\n');
        }

        return default;
    }
}
