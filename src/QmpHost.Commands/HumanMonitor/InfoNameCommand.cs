namespace QmpHost.Commands.HumanMonitor;

/// <summary>info name: show the current VM name.</summary>
internal sealed class InfoNameCommand : HmpCommand
{
    public override string Name => "info name";

    public override string Description => "show the current VM name";

    public override ValueTask ExecuteAsync(HmpContext context, HmpArgumentReader arguments)
    {
        arguments.ExpectEnd();
        if (context.Host.Identity.Name is { } name)
        {
            context.Reply.Append(name).Append('\n');
        }

        return ValueTask.CompletedTask;
    }
}
