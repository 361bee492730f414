using QmpHost.Block.Graph;

namespace QmpHost.Commands.QemuIo;

/// <summary>resume: lets a request go on (blkdebug).</summary>
internal sealed class ResumeCommand : QemuIoCommand
{
    public override string Name => "resume";

    public override string Arguments => "tag";

    public override string Description => "resumes the request tagged as tag";

    public override int MinArguments => 1;

    public override int MaxArguments => 1;

    public override ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        IDebugBreakpoints? breakpoints = IDebugBreakpoints.Find(context.Backend.Node);
        if (breakpoints?.Resume(arguments[0]) is not true)
        {
            Errno error = breakpoints is null ? Errno.ENOTSUP : Errno.ENOENT;
            context.Print($"Could not resume request: {error.Describe()}");
        }

        return ValueTask.CompletedTask;
    }
}
