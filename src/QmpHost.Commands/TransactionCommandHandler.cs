using QmpHost.Block.Transactions;
using QmpHost.Commands.Hosting;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/transaction.json.</summary>
/// <param name="host">The host.</param>
public sealed class TransactionCommandHandler(HostServices host) : ITransactionCommands
{
    private readonly TransactionRunner _runner = new(host.Layer.Jobs);

    /// <inheritdoc/>
    public ValueTask TransactionAsync(TransactionArguments arguments, CommandContext context)
        => _runner.RunAsync(arguments.Actions, arguments.Properties);
}
