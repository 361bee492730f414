using Microsoft.Extensions.Logging;
using QmpHost.Block.Loop;

namespace QmpHost.Block.Graph.Drain;

/// <summary>The drained sections of one node: their depth, and what has to become quiet.</summary>
internal sealed class DrainControl(BlockNode node)
{

    /// <summary>How many drained sections are open, those of children counted.</summary>
    public int Depth { get; private set; }

    /// <summary>Whether a drained section is open.</summary>
    public bool IsQuiesced => Depth > 0;

    /// <summary>Whether a request is under way in the node, or in a parent from which it may still reach the node.</summary>
    public bool IsBusy
    {
        get
        {
            if (node.Io.InFlight > 0)
            {
                return true;
            }

            foreach (BlockChild edge in node.Parents)
            {
                if (edge.Parent.IsBusy(edge))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Opens a section, which holds every parent back.</summary>
    public void Begin() => Begin(static _ => true);

    /// <summary>
    /// Opens a section while every node gets one of its own, so that only parents that are no nodes have to be told: those of the
    /// nodes first that are first in the list.
    /// </summary>
    public void BeginWithAll() => Begin(static edge => edge.Parent is not BlockNode);

    /// <summary>Tells those who look for the cause of a wait what a section that has just begun waits for.</summary>
    public void LogWait()
    {
        ILogger log = node.Graph.Context.Log;
        if (log.IsEnabled(LogLevel.Debug) && IsBusy)
        {
            log.DrainWaits(node.NodeName, node.Io.InFlight);
        }
    }

    /// <summary>Closes a section: the last one lets the parents go on.</summary>
    public void End()
    {
        if (Depth <= 0)
        {
            throw new InvalidOperationException("A drained section ends that did not begin.");
        }

        if (--Depth > 0)
        {
            return;
        }

        node.Driver.OnDrainEnd();

        // A parent that is let go may change its edges at once.
        foreach (BlockChild edge in node.Parents.ToArray())
        {
            edge.ReleaseParent();
        }
    }

    private void Begin(Predicate<BlockChild> isParentTold)
    {
        bool isFirst = Depth++ == 0;
        foreach (BlockChild edge in node.Parents)
        {
            if (isParentTold(edge))
            {
                edge.QuiesceParent();
            }
        }

        if (isFirst)
        {
            node.Driver.OnDrainBegin();
        }
    }
}
