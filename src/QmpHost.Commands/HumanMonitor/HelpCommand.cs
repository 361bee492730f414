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
        string? wanted = second is null ? first : $"{first} {second}";
        List<HmpCommand> found = [.. commands.All.Where(command => Matches(command, wanted))];
        if (found.Count == 0)
        {
            context.Reply.Append("unknown command: '").Append(wanted).Append("'\n");
        }

        foreach (HmpCommand command in found)
        {
            string name = command.ShortName is { } shortName ? $"{command.Name}|{shortName}" : command.Name;
            context.Reply.Append(name).Append(' ').Append(command.Arguments).Append(" -- ").Append(command.Description).Append('\n');
        }

        return ValueTask.CompletedTask;
    }

    private static bool Matches(HmpCommand command, string? wanted)
        => wanted is null
            || command.Name == wanted
            || command.ShortName == wanted
            || (wanted == "info" && command.Name.StartsWith("info ", StringComparison.Ordinal));
}
