using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Quorum;

/// <summary>The events of a quorum.</summary>
internal sealed class QuorumReports(BlockNode quorum)
{
    /// <summary>Tells of a child that failed, or that has read what does not count.</summary>
    /// <param name="type">What it was asked.</param>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    /// <param name="child">The child.</param>
    /// <param name="error">How it failed; 0 if it did not.</param>
    /// <param name="isReported">Whether to tell of a child that did not fail.</param>
    public void Bad(QuorumOpType type, long offset, long bytes, BlockNode child, Errno error, bool isReported = false)
    {
        if (error == 0 && !isReported)
        {
            return;
        }

        (long start, long count) = Sectors(offset, bytes);
        quorum.Graph.Context.Events.Emit(new QuorumReportBadEvent
        {
            Type = type,
            Error = error == 0 ? null : error.Describe(),
            NodeName = child.NodeName,
            SectorNum = start,
            SectorsCount = count,
        });
    }

    /// <summary>Tells that too few children agree.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="bytes">Length in bytes.</param>
    public void Failure(long offset, long bytes)
    {
        (long start, long count) = Sectors(offset, bytes);
        quorum.Graph.Context.Events.Emit(new QuorumFailureEvent
        {
            Reference = quorum.DeviceOrNodeName,
            SectorNum = start,
            SectorsCount = count,
        });
    }

    private static (long Start, long Count) Sectors(long offset, long bytes)
    {
        long start = offset / BlockNode.SectorSize;
        return (start, (Alignment.Up(offset + bytes, BlockNode.SectorSize) / BlockNode.SectorSize) - start);
    }
}
