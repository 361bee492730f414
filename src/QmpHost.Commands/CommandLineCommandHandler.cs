using QmpHost.Machine.Facts;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/command-line.json.</summary>
public sealed class CommandLineCommandHandler : ICommandLineCommands
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<CommandLineOptionInfo>> QueryCommandLineOptionsAsync(QueryCommandLineOptionsArguments arguments, CommandContext context)
    {
        IReadOnlyList<CommandLineOptionInfo> options = OptionFacts.List(context.Profile);
        if (arguments.Option is { } name)
        {
            options = [options.FirstOrDefault(option => option.Option == name) ?? throw new QmpException($"invalid option name: {name}")];
        }

        return ValueTask.FromResult(options);
    }
}
