using QmpHost.Block.Graph;
using QmpHost.Block.Tests.Jobs;
using QmpHost.Block.Transactions;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Copy;

/// <summary>A host with disks in memory, and short ways to do to it what clients and guests do.</summary>
internal sealed class CopyHost
{
    public const int Cluster = 64 * 1024;

    private readonly MemoryDriverDescriptor _memory = new();

    public CopyHost(VersionProfile? profile = null)
    {
        Host = new JobHost(profile);
        Host.Layer.Graph.Drivers.Register(_memory.Table);
        Transactions = new TransactionRunner(Host.Layer.Jobs);
    }

    public JobHost Host { get; }

    public EventLog Events => Host.Events;

    public BlockGraph Graph => Host.Layer.Graph;

    public TransactionRunner Transactions { get; }

    public MemoryDriverDescriptor Memory => _memory;

    public static void Run(Func<CopyHost, Task> body, VersionProfile? profile = null)
    {
        var host = new CopyHost(profile);
        host.Host.RunAsync(_ => body(host)).WaitAsync(TimeSpan.FromMinutes(2)).GetAwaiter().GetResult();
    }

    /// <summary>Makes a disk and a node of the same name on it.</summary>
    public async Task<MemoryDisk> AddDiskAsync(string name, int length, byte fill = 0, bool readOnly = false)
    {
        var disk = new MemoryDisk(length);
        disk.Content.AsSpan().Fill(fill);
        _memory.Disks.Add(name, disk);
        await Graph.AddMonitorNodeAsync(new BlockdevOptions.NullAio
        {
            NodeName = name,
            ReadOnly = readOnly,
            Discard = BlockdevDiscardOptions.Unmap,
        });
        return disk;
    }

    public ValueTask<BlockNode> AddFilterAsync(string name, string file, string target, BlockdevOptionsCbw? more = null)
        => Graph.AddMonitorNodeAsync(BlockdevOptions.Of(BlockdevDriver.CopyBeforeWrite, (more ?? new BlockdevOptionsCbw { File = Ref(file), Target = Ref(target) }) with { File = Ref(file), Target = Ref(target) }, nodeName: name, discard: BlockdevDiscardOptions.Unmap));

    public ValueTask<BlockNode> AddSnapshotAsync(string name, string file)
        => Graph.AddMonitorNodeAsync(new BlockdevOptions.SnapshotAccess
        {
            NodeName = name,
            Discard = BlockdevDiscardOptions.Unmap,
            File = Ref(file),
        });

    /// <summary>A user of a node, as a device or an export is one.</summary>
    public BlockBackend Use(string node, BlockPermissions used = BlockPermissions.ConsistentRead | BlockPermissions.Write)
    {
        var backend = new BlockBackend(Graph, "an unnamed block device", used, BlockPermissions.All);
        backend.Insert(Graph.LookUp(node));
        return backend;
    }

    public async Task<byte[]> ReadAsync(string node, long offset, int bytes)
    {
        BlockBackend backend = Use(node, BlockPermissions.ConsistentRead);
        try
        {
            var buffer = new byte[bytes];
            await backend.Child.ReadAsync(offset, buffer);
            return buffer;
        }
        finally
        {
            await backend.RemoveAsync();
        }
    }

    public async Task WriteAsync(string node, long offset, int bytes, byte pattern)
    {
        BlockBackend backend = Use(node);
        try
        {
            var buffer = new byte[bytes];
            buffer.AsSpan().Fill(pattern);
            await backend.Child.WriteAsync(offset, buffer);
        }
        finally
        {
            await backend.RemoveAsync();
        }
    }

    /// <summary>The bitmaps of a node as listings show them: name or "-", count in clusters, "r" for recording, "b" for busy.</summary>
    public string[] Bitmaps(string node) => [.. Graph.LookUp(node).Bitmaps.NewestFirst
        .Select(b => $"{b.Name ?? "-"} {b.Count / Cluster}{(b.IsRecording ? " r" : "")}{(b.IsBusy && b.Name is not null ? " b" : "")}")];

    private static BlockdevRef.Reference Ref(string name) => new(name);
}
