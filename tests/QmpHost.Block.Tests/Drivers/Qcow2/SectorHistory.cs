using NUnit.Framework;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

/// <summary>Which contents a sector may have after a crash: those of the last flush, or later ones.</summary>
internal sealed class SectorHistory
{
    private readonly List<DiskOperation> _log;
    private readonly List<(int Start, int End, byte[] Contents)> _versions = [];
    private readonly List<(int Completed, int Version)> _flushes = [(0, 0)];

    public SectorHistory(byte[] initial, List<DiskOperation> log)
    {
        _log = log;
        _versions.Add((0, 0, (byte[])initial.Clone()));
    }

    /// <summary>A request has ended.</summary>
    public void Note(byte[] contents, int start, bool isFlush)
    {
        _versions.Add((start, _log.Count, (byte[])contents.Clone()));
        if (isFlush)
        {
            _flushes.Add((_log.Count, _versions.Count - 1));
        }
    }

    /// <summary>Checks what a disk contains that crashed after so many operations on the file.</summary>
    public void Check(byte[] found, int end)
    {
        int first = _flushes.FindLast(f => f.Completed <= end).Version;
        int last = _versions.FindLastIndex(v => v.Start < end || v.Start == 0);
        for (int offset = 0; offset < found.Length; offset++)
        {
            bool known = false;
            for (int i = first; i <= Math.Max(first, last) && !known; i++)
            {
                known = _versions[i].Contents[offset] == found[offset];
            }

            if (!known)
            {
                throw new AssertionException(
                    $"Offset {offset} reads as {found[offset]:x2} after {end} operations, but was {_versions[first].Contents[offset]:x2} when it was flushed.");
            }
        }
    }
}
