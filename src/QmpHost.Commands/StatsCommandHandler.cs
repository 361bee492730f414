using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/stats.json: only KVM provides statistics.</summary>
public sealed class StatsCommandHandler : IStatsCommands
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StatsResult>> QueryStatsAsync(StatsFilter arguments, CommandContext context)
        => ValueTask.FromResult<IReadOnlyList<StatsResult>>([]);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StatsSchema>> QueryStatsSchemasAsync(QueryStatsSchemasArguments arguments, CommandContext context)
        => ValueTask.FromResult<IReadOnlyList<StatsSchema>>([]);
}
