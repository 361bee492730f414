using QmpHost.Block.Graph;

namespace QmpHost.Commands.QemuIo;

/// <summary>resume: lets a request go on (blkdebug).</summary>
internal sealed class ResumeCommand : BreakpointTagCommand
{
    public override string Name => "resume";

    public override string Description => "resumes the request tagged as tag";

    protected override bool Apply(IDebugBreakpoints breakpoints, string tag) => breakpoints.Resume(tag);

    protected override string DescribeFailure(string tag) => "Could not resume request";
}
