using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Qapi;

namespace QmpHost.Block.Drivers.Qcow2.Checking;

/// <summary>Writes an image's refcount blocks and table anew from the references that were found in it.</summary>
/// <remarks>
/// Everything is written to clusters that nobody refers to, the old blocks and table included, before the header points to
/// the new table: whenever it stops, either structure is whole. Called under the image's metadata lock.
/// </remarks>
internal sealed class RefcountRebuild(Qcow2Image image, RefcountCensus census)
{
    private readonly OffsetTable _table = new() { Length = Qcow2Geometry.MaxRefcountTableBytes / sizeof(ulong) };
    private int _tableClusters;
    private int _entries;
    private long _lastPlace = -1;

    private Qcow2Geometry Geometry => image.Geometry;

    /// <summary>Writes the new structure and changes over to it.</summary>
    /// <exception cref="BlockIOException">It could not be written; what could not be is told on standard error.</exception>
    public async ValueTask RunAsync()
    {
        await WriteBlocksAsync();
        await TellFailureAsync("writing reftable", WriteTableAsync);
        await TellFailureAsync("setting reftable", SwitchAsync);
    }

    // The table may itself need a block, and a block a larger table: this goes on until all is counted. The place of a table
    // that turned out to be too small is a leak until the counts are compared. As in QEMU, blocks are written as soon as they have a
    // place, and once more where the table's clusters are counted.
    private async ValueTask WriteBlocksAsync()
    {
        long place = 0;
        await WriteBlocksAsync(0);
        while (_tableClusters < Geometry.ClustersFor(_entries * (long)sizeof(ulong)))
        {
            _tableClusters = (int)Geometry.ClustersFor(_entries * (long)sizeof(ulong));
            place = census.Allocate(0, _tableClusters);
            await WriteBlocksAsync(place >> Geometry.RefcountBlockBits);
        }

        _table.Offset = place << Geometry.ClusterBits;
        _table.Length = (_tableClusters << Geometry.ClusterBits) / sizeof(ulong);
    }

    /// <summary>
    /// Finds a place for each missing block that is needed from one on, at or behind the clusters that it counts, and writes all that are
    /// needed.
    /// </summary>
    private async ValueTask WriteBlocksAsync(long firstBlock)
    {
        byte[] bytes = new byte[Geometry.ClusterSize];
        _lastPlace = -1;
        for (long block = firstBlock; block << Geometry.RefcountBlockBits < census.End; block++)
        {
            long first = block << Geometry.RefcountBlockBits;
            if (!census.HasReferences(first, Geometry.RefcountBlockEntries))
            {
                continue;
            }

            if (block >= _table.Length)
            {
                throw new BlockIOException(Errno.EFBIG);
            }

            if (_table[(int)block] == 0)
            {
                PlaceBlock((int)block, first);
            }

            FillBlock(bytes, first);
            await TellFailureAsync("writing refblock", () => WriteAsync((long)_table[(int)block], bytes));
        }
    }

    private void PlaceBlock(int block, long first)
    {
        // What the search for the last block's place has seen is in use.
        _lastPlace = census.Allocate(Math.Max(first, _lastPlace + 1), 1);
        _table.Set(block, (ulong)_lastPlace << Geometry.ClusterBits);
        _entries = Math.Max(_entries, block + 1);
    }

    private void FillBlock(byte[] bytes, long first)
    {
        for (int i = 0; i < Geometry.RefcountBlockEntries; i++)
        {
            image.Refcounts.Codec.Write(bytes, i, census[first + i]);
        }
    }

    private async ValueTask WriteTableAsync()
    {
        byte[] bytes = new byte[_tableClusters << Geometry.ClusterBits];
        _table.CopyTo(0, bytes);
        await WriteAsync(_table.Offset, bytes);
    }

    private ValueTask WriteAsync(long offset, byte[] bytes)
    {
        image.Overlap.Check(MetadataSections.None, offset, bytes.Length);
        return image.File.WriteAsync(offset, bytes);
    }

    private async ValueTask SwitchAsync()
    {
        await image.File.FlushAsync();
        await HeaderUpdate.WriteRefcountTableAsync(image.File, _table.Offset, _tableClusters);
        image.AdoptRefcountTable(_table, _tableClusters);
    }

    private async ValueTask TellFailureAsync(string what, Func<ValueTask> action)
    {
        if (await image.Corruption.AttemptAsync(action) is { } error)
        {
            image.Node.Graph.Context.Report(ReportKind.RequestFailure, $"ERROR {what}: {error.Describe()}");
            throw new BlockIOException(error);
        }
    }
}
