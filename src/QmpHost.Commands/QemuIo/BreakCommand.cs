using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.QemuIo;

/// <summary>break: holds the next request back that raises an event (blkdebug).</summary>
internal sealed class BreakCommand : QemuIoCommand
{
    public override string Name => "break";

    public override string Arguments => "event tag";

    public override string Description => "sets a breakpoint on event and tags the stopped request as tag";

    public override int MinArguments => 2;

    public override int MaxArguments => 2;

    public override ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        if (IDebugBreakpoints.Find(context.Backend.Node) is not { } breakpoints)
        {
            context.Print($"Could not set breakpoint: {Errno.ENOTSUP.Describe()}");
        }
        else if (BlkdebugEventEnum.TryParse(arguments[0], out BlkdebugEvent debugEvent))
        {
            breakpoints.SetBreakpoint(debugEvent, arguments[1]);
        }
        else
        {
            context.Print($"Could not set breakpoint: {Errno.ENOENT.Describe()}");
        }

        return ValueTask.CompletedTask;
    }
}
