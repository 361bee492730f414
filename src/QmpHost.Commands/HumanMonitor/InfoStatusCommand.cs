namespace QmpHost.Commands.HumanMonitor;

/// <summary>info status: show the current VM status (running|paused).</summary>
internal sealed class InfoStatusCommand : HmpCommand
{
    public override string Name => "info status";

    public override string Description => "show the current VM status (running|paused)";

    public override ValueTask ExecuteAsync(HmpContext context, HmpArgumentReader arguments)
    {
        arguments.ExpectEnd();
        context.Reply.Append("VM status: ").Append(context.Host.RunState.Describe()).Append('\n');
        return ValueTask.CompletedTask;
    }
}
