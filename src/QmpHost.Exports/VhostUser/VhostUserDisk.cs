using QmpHost.Block.Graph;
using QmpHost.Exports.Virtio;

namespace QmpHost.Exports.VhostUser;

/// <summary>The disk of an export, as each of its front ends finds it.</summary>
/// <param name="backend">The export's place in the graph.</param>
/// <param name="isWritable">Whether guests may write.</param>
/// <param name="blockSize">The size of its blocks in bytes, as it was asked for.</param>
/// <param name="queues">How many queues there may be.</param>
internal sealed class VhostUserDisk(BlockBackend backend, bool isWritable, uint blockSize, ushort queues)
{
    private const VirtioFeatures Always = VirtioFeatures.SizeMax | VirtioFeatures.SegmentsMax | VirtioFeatures.BlockSize | VirtioFeatures.Flush
        | VirtioFeatures.Topology | VirtioFeatures.ConfigurableCache | VirtioFeatures.MultipleQueues | VirtioFeatures.Discard
        | VirtioFeatures.WriteZeroes | VirtioFeatures.NotifyOnEmpty | VirtioFeatures.IndirectDescriptors | VirtioFeatures.EventIndex
        | VirtioFeatures.Protocol | VirtioFeatures.Version1;

    /// <summary>The features that a front end may choose of.</summary>
    public VirtioFeatures Features => isWritable ? Always : Always | VirtioFeatures.ReadOnly;

    /// <summary>How many queues there may be.</summary>
    public ushort Queues => queues;

    /// <summary>Its configuration.</summary>
    public required DeviceConfiguration Configuration { get; init; }

    /// <summary>Whether a front end may ask for more of the configuration than there is.</summary>
    public bool PadsConfiguration { get; init; }

    /// <summary>Makes what carries requests out.</summary>
    /// <param name="report">Told of requests that make no sense.</param>
    /// <returns>The handler.</returns>
    public VirtioBlkHandler OpenHandler(Action<string> report) => new(backend, isWritable, (int)Math.Max(blockSize, 1), report);

    /// <summary>Switches the write cache.</summary>
    /// <param name="value">What the front end wrote; 0 for none.</param>
    public void SwitchWriteCache(byte value)
    {
        Configuration.SetWriteCache(value);
        backend.HasWriteCache = value != 0;
    }
}
