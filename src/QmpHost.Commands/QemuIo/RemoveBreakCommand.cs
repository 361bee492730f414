using QmpHost.Block.Graph;

namespace QmpHost.Commands.QemuIo;

/// <summary>remove_break: removes a breakpoint, and lets the requests go on that it holds (blkdebug).</summary>
internal sealed class RemoveBreakCommand : QemuIoCommand
{
    public override string Name => "remove_break";

    public override string Arguments => "tag";

    public override string Description => "remove a breakpoint by tag";

    public override int MinArguments => 1;

    public override int MaxArguments => 1;

    public override ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        IDebugBreakpoints? breakpoints = IDebugBreakpoints.Find(context.Backend.Node);
        if (breakpoints?.RemoveBreakpoint(arguments[0]) is not true)
        {
            Errno error = breakpoints is null ? Errno.ENOTSUP : Errno.ENOENT;
            context.Print($"Could not remove breakpoint {arguments[0]}: {error.Describe()}");
        }

        return ValueTask.CompletedTask;
    }
}
