using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/replay.json: execution is neither recorded nor replayed.</summary>
public sealed class ReplayCommandHandler : IReplayCommands
{
    /// <inheritdoc/>
    public ValueTask<ReplayInfo> QueryReplayAsync(CommandContext context) => ValueTask.FromResult(new ReplayInfo { Mode = ReplayMode.None, Icount = 0 });

    /// <inheritdoc/>
    public ValueTask ReplayBreakAsync(ReplayBreakArguments arguments, CommandContext context)
        => throw new QmpException("setting the breakpoint is allowed only in play mode");

    /// <inheritdoc/>
    public ValueTask ReplayDeleteBreakAsync(CommandContext context) => throw new QmpException("replay breakpoints are allowed only in play mode");

    /// <inheritdoc/>
    public ValueTask ReplaySeekAsync(ReplaySeekArguments arguments, CommandContext context) => throw new QmpException("replay must be enabled to seek");
}
