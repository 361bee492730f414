using QmpHost.Block.Core;
using QmpHost.Block.Graph;

namespace QmpHost.Commands.QemuIo;

/// <summary>A command on a breakpoint that exists, which it knows by its tag (blkdebug).</summary>
internal abstract class BreakpointTagCommand : QemuIoCommand
{
    public sealed override string Arguments => "tag";

    public sealed override int MinArguments => 1;

    public sealed override int MaxArguments => 1;

    public sealed override ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        string tag = arguments[0];
        IDebugBreakpoints? breakpoints = IDebugBreakpoints.Find(context.Backend.Node);
        if (breakpoints is null || !Apply(breakpoints, tag))
        {
            Errno error = breakpoints is null ? Errno.ENOTSUP : Errno.ENOENT;
            context.Print($"{DescribeFailure(tag)}: {error.Describe()}");
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Does the command's work.</summary>
    /// <returns>False if there is no such breakpoint.</returns>
    protected abstract bool Apply(IDebugBreakpoints breakpoints, string tag);

    /// <summary>What could not be done, before the reason.</summary>
    protected abstract string DescribeFailure(string tag);
}
