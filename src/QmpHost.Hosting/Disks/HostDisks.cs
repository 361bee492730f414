using QmpHost.Block.Bitmaps;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Memory;
using QmpHost.Block.Graph;
using QmpHost.Hosting.Guests;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Hosting.Disks;

/// <summary>The disks of a host as a test makes them, looks at them and puts a guest before them.</summary>
/// <remarks>May be used from any thread. Nodes, jobs and bitmaps are those that clients see.</remarks>
public sealed class HostDisks
{
    private readonly BlockHost _host;
    private readonly List<string> _temporaryFiles = [];

    internal HostDisks(BlockHost host) => _host = host;

    private BlockGraph Graph => _host.Services.Layer.Graph;

    /// <summary>Gives the host a new disk in memory.</summary>
    /// <param name="nodeName">The name of the node with the disk's content.</param>
    /// <param name="size">Its length in bytes.</param>
    /// <returns>A task that ends when the node is there.</returns>
    /// <exception cref="QmpException">The name is taken or not allowed.</exception>
    public Task AddAsync(string nodeName, long size) => AddAsync(nodeName, DiskSource.Memory(size));

    /// <summary>Gives the host a disk: a format node on a file node, as clients would add them.</summary>
    /// <param name="nodeName">The name of the node with the disk's content; that of the file below has "-file" behind it.</param>
    /// <param name="source">Where the bytes come from.</param>
    /// <returns>A task that ends when the nodes are there.</returns>
    /// <exception cref="QmpException">A name is taken or not allowed, or the image cannot be made or opened.</exception>
    public Task AddAsync(string nodeName, DiskSource source)
    {
        ArgumentException.ThrowIfNullOrEmpty(nodeName);
        ArgumentNullException.ThrowIfNull(source);
        _host.ThrowIfDisposed();
        return _host.InvokeAsync(async () => await AddOnLoopAsync(nodeName, source));
    }

    /// <summary>Puts a guest before a disk: a virtio disk, on a machine that has a bus for it, otherwise a device without one.</summary>
    /// <param name="nodeName">The disk's node.</param>
    /// <param name="id">The device's id; "guest-" and the node's name unless given.</param>
    /// <returns>The guest's view of the disk.</returns>
    /// <exception cref="QmpException">There is no such node, or it is used in a way that forbids a guest.</exception>
    public Task<GuestDisk> AttachGuestAsync(string nodeName, string? id = null)
    {
        _host.ThrowIfDisposed();
        return _host.InvokeAsync(() => GuestPort.AttachAsync(_host, nodeName, id ?? "guest-" + nodeName));
    }

    /// <summary>The guest's view of the disk of a device that is there.</summary>
    /// <param name="id">The device's id, or its path in the object tree.</param>
    /// <returns>The guest's view.</returns>
    /// <exception cref="QmpException">There is no such device, or it has no disk.</exception>
    public Task<GuestDisk> GetGuestAsync(string id)
    {
        _host.ThrowIfDisposed();
        return _host.InvokeAsync(() => ValueTask.FromResult(GuestPort.Find(_host, id)));
    }

    /// <summary>Takes a copy of what a node holds now, whoever uses it; backing files included.</summary>
    /// <param name="nodeName">The node.</param>
    /// <returns>The content.</returns>
    /// <exception cref="QmpException">There is no such node.</exception>
    /// <exception cref="GuestIOException">It cannot be read.</exception>
    public async Task<DiskContent> SnapshotAsync(string nodeName)
    {
        _host.ThrowIfDisposed();
        DiskContent? content = null;
        await _host.InvokeAsync(async () => content = await ReadAsync(nodeName)).ConfigureAwait(false);
        return content!;
    }

    /// <summary>What a dirty bitmap has marked.</summary>
    /// <param name="nodeName">The node.</param>
    /// <param name="bitmapName">The bitmap.</param>
    /// <returns>The ranges in order, whole granules, the last cut at the disk's end.</returns>
    /// <exception cref="QmpException">There is no such node or bitmap.</exception>
    public async Task<IReadOnlyList<ByteRange>> GetDirtyRangesAsync(string nodeName, string bitmapName)
    {
        _host.ThrowIfDisposed();
        IReadOnlyList<ByteRange> ranges = [];
        await _host.InvokeAsync(() =>
        {
            DirtyBitmap bitmap = Graph.LookUpNode(nodeName).Bitmaps.NewestFirst.FirstOrDefault(other => other.Name == bitmapName)
                ?? throw new QmpException($"Dirty bitmap '{bitmapName}' not found");
            ranges = RangesOf(bitmap.Bits);
            return ValueTask.CompletedTask;
        }).ConfigureAwait(false);
        return ranges;
    }

    internal static IReadOnlyList<ByteRange> RangesOf(HierarchicalBitmap bits)
    {
        var ranges = new List<ByteRange>();
        for (long at = 0; at < bits.Size && bits.TryNextDirtyArea(at, bits.Size, long.MaxValue, out DirtyArea area); at = area.Offset + area.Bytes)
        {
            ranges.Add(new ByteRange(area.Offset, area.Bytes));
        }

        return ranges;
    }

    // At the host's end, when all nodes are closed.
    internal void DeleteTemporaryFiles() => _temporaryFiles.ForEach(File.Delete);

    private async ValueTask AddOnLoopAsync(string nodeName, DiskSource source)
    {
        if (!BlockdevDriverEnum.TryParse(source.Format, out BlockdevDriver format) || format is not (BlockdevDriver.Raw or BlockdevDriver.Qcow2))
        {
            throw new QmpException($"Disks are made with format 'raw' or 'qcow2', not '{source.Format}'");
        }

        string fileName = nodeName + "-file";
        long? size = await AddFileAsync(fileName, source, format);
        try
        {
            if (size is { } length && format == BlockdevDriver.Qcow2)
            {
                var create = new BlockdevCreateOptions.Qcow2 { File = fileName, Size = (ulong)length };
                await Graph.Drivers.Find(format)!.CreateImage!(Graph, create, CancellationToken.None);
            }

            await Graph.AddMonitorNodeAsync(format == BlockdevDriver.Qcow2
                ? new BlockdevOptions.Qcow2 { File = fileName, NodeName = nodeName, Discard = BlockdevDiscardOptions.Unmap }
                : new BlockdevOptions.Raw { File = fileName, NodeName = nodeName, Discard = BlockdevDiscardOptions.Unmap });
        }
        catch
        {
            await Graph.DeleteMonitorNodeAsync(fileName);
            throw;
        }
    }

    // The length of a new image, or null for one that is there.
    private async ValueTask<long?> AddFileAsync(string fileName, DiskSource source, BlockdevDriver format)
    {
        string path = source switch
        {
            DiskSource.InImage image => image.Path,
            DiskSource.InTemporaryFile => NewTemporaryFile(),
            _ => "/memory/" + fileName,
        };
        long? size = source switch
        {
            DiskSource.InMemory memory => memory.Size,
            DiskSource.InTemporaryFile file => file.Size,
            _ => null,
        };
        BlockdevOptions options = new BlockdevOptions.File { Filename = path, NodeName = fileName, Discard = BlockdevDiscardOptions.Unmap };
        long start = format == BlockdevDriver.Raw ? size ?? 0 : 0;
        if (source is DiskSource.InMemory)
        {
            await Graph.AddMonitorNodeAsync(options, new MemoryDriver(new MemoryDisk(start), path));
            return size;
        }

        if (source is DiskSource.InTemporaryFile)
        {
            await using FileStream stream = File.OpenWrite(path);
            stream.SetLength(start);
        }

        await Graph.AddMonitorNodeAsync(options);
        return size;
    }

    private string NewTemporaryFile()
    {
        string path = Path.GetTempFileName();
        _temporaryFiles.Add(path);
        return path;
    }

    private async ValueTask<DiskContent> ReadAsync(string nodeName)
    {
        BlockNode node = Graph.LookUpNode(nodeName);
        var backend = new BlockBackend(Graph, "a look at the disk", BlockPermissions.None, BlockPermissions.All);
        backend.Insert(node);
        try
        {
            var content = new DiskContent(node.Length);
            byte[] buffer = new byte[DiskContent.ReadSize];
            for (long offset = 0; offset < content.Length;)
            {
                Memory<byte> part = buffer.AsMemory(0, (int)Math.Min(buffer.Length, content.Length - offset));
                await backend.ReadAsync(offset, part);
                content.Set(offset, part.Span);
                offset += part.Length;
            }

            return content;
        }
        catch (BlockIOException e)
        {
            throw new GuestIOException($"'{nodeName}' cannot be read", e);
        }
        finally
        {
            // A drain would pause jobs, and wait for requests that a test holds.
            await backend.LeaveAsync();
        }
    }
}
