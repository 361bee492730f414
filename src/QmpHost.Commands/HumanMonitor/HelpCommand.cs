namespace QmpHost.Commands.HumanMonitor;

/// <summary>help: one line for each command, for the sub-commands of "info", or for one command.</summary>
internal sealed class HelpCommand(HmpCommandSet commands) : HmpCommand
{
    public override string Name => "help";

    public override string ShortName => "?";

    public override string Arguments => "[cmd]";

    public override string Description => "show the help";

    public override ValueTask ExecuteAsync(HmpContext context, HmpArgumentReader arguments)
    {
        string? first = arguments.TryTakeString();
        string? second = arguments.TryTakeString();
        switch (first)
        {
            case null:
                Tell(context, commands.All.Where(static command => !HmpCommandSet.IsInformation(command)));
                break;
            case HmpCommandSet.Information when second is null:
                Tell(context, commands.All.Where(HmpCommandSet.IsInformation));
                break;
            case HmpCommandSet.Information:
                TellOne(context, $"{first} {second}", isInformation: true);
                break;
            default:
                TellOne(context, first, isInformation: false);
                break;
        }

        return ValueTask.CompletedTask;
    }

    private void TellOne(HmpContext context, string wanted, bool isInformation)
    {
        List<HmpCommand> found =
            [.. commands.All.Where(command => HmpCommandSet.IsInformation(command) == isInformation && (command.Name == wanted || command.ShortName == wanted) && command.ExistsIn(context.Host.Layer.Profile))];
        if (found.Count == 0)
        {
            context.Reply.Append("unknown command: '").Append(wanted).Append("'\n");
        }

        Tell(context, found);
    }

    private static void Tell(HmpContext context, IEnumerable<HmpCommand> commands)
    {
        foreach (HmpCommand command in commands.Where(command => command.ExistsIn(context.Host.Layer.Profile)))
        {
            context.Reply.Append(command.HelpLine);
        }
    }
}
