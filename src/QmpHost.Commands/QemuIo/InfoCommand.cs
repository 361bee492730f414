using System.Globalization;
using System.Text;
using QmpHost.Block.Graph;
using QmpHost.Qapi;

namespace QmpHost.Commands.QemuIo;

/// <summary>info: prints the format of the disk and what belongs to it.</summary>
internal sealed class InfoCommand : QemuIoCommand
{
    private const int IndentWidth = 4;

    public override string Name => "info";

    public override string ShortName => "i";

    public override string Description => "prints information about the current file";

    public override async ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        BlockNode node = context.Backend.Node;
        BlockDriver driver = node.Driver;
        string format = $"format name: {driver.Descriptor.Name}";
        context.Print(format);
        if (driver.Descriptor.IsProtocol)
        {
            // Once more, as the protocol.
            context.Print(format);
        }

        if (!driver.ProvidesInfo)
        {
            return;
        }

        BlockDriverInfo info = await driver.GetInfoAsync();
        context.Print($"cluster size: {SizeText.Format(info.ClusterSize)}");
        context.Print($"vm state offset: {SizeText.Format(info.VmStateOffset)}");
        if (info.FormatSpecific?.ToObject(node.Graph.Layer.Profile) is QDict specific)
        {
            context.Print("Format specific information:");
            Append(context.Output.Monitor, specific["data"], 1);
        }
    }

    private static void Append(StringBuilder text, QObject value, int depth)
    {
        switch (value)
        {
            case QDict dict:
                foreach ((string name, QObject member) in dict)
                {
                    Append(text, name.Replace('-', ' '), member, depth);
                }

                break;
            case QList list:
                for (int i = 0; i < list.Count; i++)
                {
                    Append(text, string.Create(CultureInfo.InvariantCulture, $"[{i}]"), list[i], depth);
                }

                break;
            default:
                text.Append(value is QString s ? s.Value : value.ToString()).Append('\n');
                break;
        }
    }

    private static void Append(StringBuilder text, string title, QObject value, int depth)
    {
        text.Append(' ', depth * IndentWidth).Append(title).Append(':').Append(value is QDict or QList ? '\n' : ' ');
        Append(text, value, depth + 1);
    }
}
