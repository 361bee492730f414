namespace QmpHost.Commands.HumanMonitor;

/// <summary>info uuid: show the current VM UUID.</summary>
internal sealed class InfoUuidCommand : HmpCommand
{
    public override string Name => "info uuid";

    public override string Description => "show the current VM UUID";

    public override ValueTask ExecuteAsync(HmpContext context, HmpArgumentReader arguments)
    {
        arguments.ExpectEnd();
        context.Reply.Append(context.Host.Identity.Uuid.ToString("D")).Append('\n');
        return ValueTask.CompletedTask;
    }
}
