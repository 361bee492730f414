using QmpHost.Block.Graph;

namespace QmpHost.Commands.QemuIo;

/// <summary>wait_break: waits until a request is held back (blkdebug).</summary>
internal sealed class WaitBreakCommand : QemuIoCommand
{
    public override string Name => "wait_break";

    public override string Arguments => "tag";

    public override string Description => "waits for the suspension of a request";

    public override int MinArguments => 1;

    public override int MaxArguments => 1;

    public override ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        return IDebugBreakpoints.Find(context.Backend.Node)?.WaitSuspendedAsync(arguments[0]) ?? ValueTask.CompletedTask;
    }
}
