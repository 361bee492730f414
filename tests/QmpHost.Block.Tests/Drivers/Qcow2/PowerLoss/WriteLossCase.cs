using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.Qcow2.PowerLoss;

/// <summary>A guest writes to an image of any kind, and its disk may become longer and shorter.</summary>
/// <param name="host">The block layer.</param>
/// <param name="seed">Decides the case.</param>
/// <param name="resizes">Whether the disk's length changes, too.</param>
internal sealed class WriteLossCase(Qcow2Host host, int seed, bool resizes) : PowerLossCase(host, seed)
{
    private ImageConfig _config = null!;
    private bool _hasDataFile;
    private GuestRecord _record = null!;

    protected override async Task PlayAsync()
    {
        _config = MakeConfig();
        Host.Disks["backing"] = new MemoryDisk(_config.NewBacking());
        Host.Disks["data"] = new MemoryDisk();
        _hasDataFile = _config.Version == 3 && Random.Next(6) == 0;
        await Host.CreateAsync("a", _config.Size, options => _config.Apply(options) with { DataFile = _hasDataFile ? Qcow2Host.FileRef("data") : null });
        Watch("a");
        Watch("data");
        var model = new DiskModel(_config);
        _record = new GuestRecord(Journal, model.Bytes);
        BlockBackend guest = await Host.OpenAsync("a", more: Apply);
        for (int i = Random.Next(5, 40); i > 0; i--)
        {
            await ChangeAsync(guest, model);
        }

        await guest.DeleteAsync();
        _record.Flushed();
    }

    protected override async Task JudgeAsync(long moment, string story)
    {
        story += $" ({_config}{(_hasDataFile ? ", data file" : "")})";
        BlockBackend disk = await Host.OpenAsync("a", readOnly: !_config.LazyRefcounts, Apply);
        byte[] found = new byte[disk.Node.Length];
        await disk.ReadAsync(0, found);
        await disk.DeleteAsync();
        _record.Check(found, moment, story);

        // An image with lazy refcounts was repaired when it was opened for writing.
        await CheckAsync("a", story, _hasDataFile ? Qcow2Host.FileRef("data") : null);
    }

    private BlockdevOptionsQcow2 Apply(BlockdevOptionsQcow2 options)
        => _config.Apply(options) with { DataFile = _hasDataFile ? Qcow2Host.FileRef("data") : null };

    private ImageConfig MakeConfig()
    {
        int version = Random.Next(4) == 0 ? 2 : 3;
        bool extended = version == 3 && Random.Next(4) == 0;
        int bits = extended ? Random.Next(14, 17) : Random.Next(9, 17);
        int sectors = Random.Next(8, bits < 12 ? 600 : 4000);
        return new ImageConfig(
            version,
            bits,
            version == 3 ? 1 << Random.Next(7) : 16,
            extended,
            LazyRefcounts: version == 3 && Random.Next(5) == 0,
            Zstd: false,
            sectors,
            resizes || Random.Next(2) == 0 ? 0 : Math.Max(1, sectors * Random.Next(20, 140) / 100),
            Random.Next(9, bits + 1));
    }

    private async Task ChangeAsync(BlockBackend guest, DiskModel model)
    {
        if (resizes && Random.Next(4) == 0)
        {
            await ResizeAsync(guest, model, Random.Next(1, _config.SizeSectors * 2) * 512);
            return;
        }

        OperationKind[] kinds = [OperationKind.Write, OperationKind.Write, OperationKind.Zero, OperationKind.Discard, OperationKind.Flush, OperationKind.Compress];
        var operation = new ImageOperation(kinds[Random.Next(_hasDataFile ? kinds.Length - 1 : kinds.Length)], Random.Next(1001), Random.Next(101), Random.Next(1 << 20));
        long begun = Journal.Tick();
        Task change = model.ApplyAsync(guest, operation);
        _record.Change(model.Bytes, begun);
        await change;

        // Whether a compressed write was possible is known in the end.
        _record.Change(model.Bytes, begun);
        if (operation.Kind == OperationKind.Flush)
        {
            _record.Flushed();
        }
    }

    private async Task ResizeAsync(BlockBackend guest, DiskModel model, int length)
    {
        int oldLength = model.Bytes.Length;
        long begun = Journal.Tick();
        model.Resize(length);
        _record.Change(model.Bytes, begun);
        await guest.Child.TruncateAsync(length);

        // What the last cluster held behind the old end is seen again, as in QEMU.
        int clusterEnd = (int)Math.Min(length, (oldLength + (1L << _config.ClusterBits) - 1) >> _config.ClusterBits << _config.ClusterBits);
        if (clusterEnd > oldLength)
        {
            await guest.ReadAsync(oldLength, model.Bytes.AsMemory(oldLength, clusterEnd - oldLength));
            _record.Change(model.Bytes, begun);
        }
    }
}
