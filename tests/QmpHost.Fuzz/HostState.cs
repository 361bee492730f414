using System.Text;
using QmpHost.Block.Graph;
using QmpHost.Block.Jobs;
using QmpHost.Hosting;

namespace QmpHost.Fuzz;

/// <summary>What a host that answers no more looks like from within: read without its loop, so only where nothing moves.</summary>
internal static class HostState
{
    /// <summary>Turns, jobs and nodes, with what is under way in them.</summary>
    public static string Describe(BlockHost host)
    {
        var text = new StringBuilder();
        text.AppendLine($"main turn: {host.Services.Layer.Turns.IsRunning}, waiting: {host.Services.Layer.Turns.WaitingCount}");
        foreach (Job job in host.Services.Layer.Jobs.Jobs)
        {
            text.AppendLine($"job {job.Id} {job.Type} {job.Status} {job}");
        }

        foreach (BlockNode node in host.Services.Layer.Graph.Nodes)
        {
            IEnumerable<string> parents = node.Parents.Select(edge => $"{edge.Name} of {edge.Parent.DescribeParent(edge)}{(edge.Parent.IsBusy(edge) ? " (busy)" : "")}");
            text.AppendLine($"node {node.NodeName} {node.Driver.Descriptor.Name}: drained {node.Drain.Depth} times, {node.RequestsInFlight} under way; {string.Join("; ", parents)}");
        }

        return text.ToString();
    }
}
