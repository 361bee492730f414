using QmpHost.Commands.Hosting;
using QmpHost.Machine.Facts;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/command-line.json.</summary>
/// <param name="host">The host.</param>
public sealed class CommandLineCommandHandler(HostServices host) : ICommandLineCommands
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<CommandLineOptionInfo>> QueryCommandLineOptionsAsync(QueryCommandLineOptionsArguments arguments, CommandContext context)
    {
        IReadOnlyList<CommandLineOptionInfo> options = OptionFacts.List(context.Profile, host.HasLoadedModules);
        if (arguments.Option is { } name)
        {
            options = [options.FirstOrDefault(option => option.Option == name) ?? throw new QmpException($"invalid option name: {name}")];
        }

        return ValueTask.FromResult(options);
    }
}
