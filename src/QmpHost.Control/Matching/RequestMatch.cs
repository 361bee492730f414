using QmpHost.Block;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Interception;
using QmpHost.Block.Graph.Queries;
using QmpHost.Block.Jobs;

namespace QmpHost.Control.Matching;

/// <summary>
/// Which requests to nodes are meant: those for which everything holds that is given. Names are patterns in which * stands for any
/// number of characters and ? for one.
/// </summary>
public sealed record RequestMatch
{
    private const string Peripherals = "/machine/peripheral/";

    /// <summary>The node's name.</summary>
    public string? Node { get; init; }

    /// <summary>The node's driver, such as "qcow2" or "file".</summary>
    public string? Driver { get; init; }

    /// <summary>The name of the node's file.</summary>
    public string? File { get; init; }

    /// <summary>The id of the device whose root the node is, or the name of its drive.</summary>
    public string? Device { get; init; }

    /// <summary>The id of an export of the node.</summary>
    public string? Export { get; init; }

    /// <summary>The id of a job that works on the node.</summary>
    public string? Job { get; init; }

    /// <summary>What is asked for; any kind where none is given.</summary>
    public IReadOnlyList<NodeRequestKind>? Kinds { get; init; }

    /// <summary>Start of an area in bytes: requests that touch it are meant. 0 where only <see cref="Bytes"/> is given.</summary>
    public long? Offset { get; init; }

    /// <summary>Length of that area; up to the end of the disk where only <see cref="Offset"/> is given.</summary>
    public long? Bytes { get; init; }

    /// <summary>Whether a request is meant. On the host's event loop.</summary>
    internal bool Matches(NodeRequest request, BlockLayer layer)
        => (Kinds is null or [] || Kinds.Contains(request.Kind))
            && Glob.Matches(Node, request.Node.NodeName)
            && Glob.Matches(Driver, request.Node.Driver.Descriptor.Name)
            && Touches(request)
            && (File is null || Glob.Matches(File, NodeFilename.Of(request.Node)))
            && (Device is null || IsRootOf(request.Node, Device))
            && (Export is null || layer.Exports.Exports.Any(export => Glob.Matches(Export, export.Id) && export.Backend.Root?.Node == request.Node))
            && (Job is null || layer.Jobs.Jobs.Any(job => Glob.Matches(Job, job.Id) && WorksOn(job, request.Node)));

    private static bool IsRootOf(BlockNode node, string device) => node.Parents.Select(static edge => edge.Parent).OfType<BlockBackend>().Any(
        backend => (backend.Name.Length > 0 && Glob.Matches(device, backend.Name)) || (backend.Device is { } user && Glob.Matches(device, IdOf(user.IdOrPath))));

    // Disks that belong to a controller have a path, with the controller's id in it.
    private static string IdOf(string idOrPath) => idOrPath.StartsWith(Peripherals, StringComparison.Ordinal) ? idOrPath.Split('/')[3] : idOrPath;

    // A node below one that the job holds counts too: jobs read and write through filters.
    private static bool WorksOn(Job job, BlockNode node)
        => job is BlockJob block && block.Nodes.Any(edge => edge.Node == node || edge.Node.FilteredChild?.Node == node);

    private bool Touches(NodeRequest request)
    {
        if (Offset is null && Bytes is null)
        {
            return true;
        }

        long start = Offset ?? 0;
        long end = Bytes is { } bytes ? start + bytes : long.MaxValue;
        return request.Offset < end && start < request.Offset + request.Bytes;
    }
}
