using QmpHost.Block.Graph;

namespace QmpHost.Commands.QemuIo;

/// <summary>remove_break: removes a breakpoint, and lets the requests go on that it holds (blkdebug).</summary>
internal sealed class RemoveBreakCommand : BreakpointTagCommand
{
    public override string Name => "remove_break";

    public override string Description => "remove a breakpoint by tag";

    protected override bool Apply(IDebugBreakpoints breakpoints, string tag) => breakpoints.RemoveBreakpoint(tag);

    protected override string DescribeFailure(string tag) => $"Could not remove breakpoint {tag}";
}
