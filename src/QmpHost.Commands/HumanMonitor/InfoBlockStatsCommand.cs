using System.Globalization;
using QmpHost.Block.Graph.Queries;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.HumanMonitor;

/// <summary>info blockstats: show block device statistics.</summary>
internal sealed class InfoBlockStatsCommand : HmpCommand
{
    public override string Name => "info blockstats";

    public override string Description => "show block device statistics";

    public override ValueTask ExecuteAsync(HmpContext context, HmpArgumentReader arguments)
    {
        arguments.ExpectEnd();
        foreach (BlockStats stats in BlockStatsQuery.DescribeAll(context.Host.Layer.Graph, nodes: false))
        {
            BlockDeviceStats s = stats.Stats;
            context.Reply.Append(
                CultureInfo.InvariantCulture,
                $"{stats.Device}: rd_bytes={s.RdBytes} wr_bytes={s.WrBytes} rd_operations={s.RdOperations} wr_operations={s.WrOperations}"
                + $" flush_operations={s.FlushOperations} wr_total_time_ns={s.WrTotalTimeNs} rd_total_time_ns={s.RdTotalTimeNs}"
                + $" flush_total_time_ns={s.FlushTotalTimeNs} rd_merged={s.RdMerged} wr_merged={s.WrMerged} idle_time_ns={s.IdleTimeNs ?? 0}\n");
        }

        return ValueTask.CompletedTask;
    }
}
