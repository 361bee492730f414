using System.Globalization;
using QmpHost.Qapi;

namespace QmpHost.Commands.HumanMonitor;

/// <summary>info version: show the version of QEMU.</summary>
internal sealed class InfoVersionCommand : HmpCommand
{
    public override string Name => "info version";

    public override string Description => "show the version of QEMU";

    public override ValueTask ExecuteAsync(HmpContext context, HmpArgumentReader arguments)
    {
        arguments.ExpectEnd();
        QemuBuild build = QemuBuild.Of(context.Host.Layer.Profile);
        context.Reply.Append(CultureInfo.InvariantCulture, $"{build.Major}.{build.Minor}.{build.Micro}{build.Package}\n");
        return ValueTask.CompletedTask;
    }
}
