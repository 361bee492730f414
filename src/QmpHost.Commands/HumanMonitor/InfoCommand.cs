namespace QmpHost.Commands.HumanMonitor;

/// <summary>info without a sub-command: the help on those that there are.</summary>
internal sealed class InfoCommand(HmpCommandSet commands) : HmpCommand
{
    public override string Name => HmpCommandSet.Information;

    public override string Arguments => "[subcommand]";

    public override string Description => "show various information about the system state";

    public override ValueTask ExecuteAsync(HmpContext context, HmpArgumentReader arguments)
    {
        foreach (HmpCommand command in commands.All.Where(command => HmpCommandSet.IsInformation(command) && command.ExistsIn(context.Host.Layer.Profile)))
        {
            context.Reply.Append(command.HelpLine);
        }

        return ValueTask.CompletedTask;
    }
}
