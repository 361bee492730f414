namespace QmpHost.Commands.QemuIo;

/// <summary>help: one line for each command, or for one.</summary>
internal sealed class HelpCommand(QemuIoCommandSet commands) : QemuIoCommand
{
    public override string Name => "help";

    public override string ShortName => "?";

    public override string Arguments => "[command]";

    public override string Description => "help for one or all commands";

    public override int MaxArguments => 1;

    public override ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 1)
        {
            PrintOne(context, arguments[0]);
            return ValueTask.CompletedTask;
        }

        foreach (QemuIoCommand command in commands.All)
        {
            context.Print(command.OneLine);
        }

        context.Print(string.Empty);
        context.Print("Use 'help commandname' for extended help.");
        return ValueTask.CompletedTask;
    }

    private void PrintOne(QemuIoContext context, string name)
    {
        QemuIoCommand? command = commands.Find(name);
        context.Print(command?.Describe(name) ?? $"command {name} not found");
        if (command?.Details is { } details)
        {
            context.Print(details);
        }
    }
}
