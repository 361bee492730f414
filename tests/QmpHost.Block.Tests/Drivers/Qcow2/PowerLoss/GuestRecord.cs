using NUnit.Framework;

namespace QmpHost.Block.Tests.Drivers.Qcow2.PowerLoss;

/// <summary>What one guest did to its disk, and so what may be found there after a loss of power: all that it flushed, or later contents.</summary>
internal sealed class GuestRecord
{
    private readonly PowerJournal _journal;
    private readonly List<(long Begun, byte[] Contents)> _versions;
    private readonly List<(long Ended, int Version)> _flushes = [(0, 0)];

    public GuestRecord(PowerJournal journal, byte[] initial)
    {
        _journal = journal;
        _versions = [(0, [.. initial])];
    }

    /// <summary>The guest asks for a change, after which its disk is to have some contents.</summary>
    public void Change(byte[] contents) => Change(contents, _journal.Tick());

    /// <summary>The guest has asked for a change at a moment.</summary>
    public void Change(byte[] contents, long begun) => _versions.Add((begun, [.. contents]));

    /// <summary>All that it asked for is stable.</summary>
    public void Flushed() => _flushes.Add((_journal.Tick(), _versions.Count - 1));

    /// <summary>Checks what is found.</summary>
    /// <param name="found">The disk's contents.</param>
    /// <param name="moment">When the power was lost.</param>
    /// <param name="story">How to find this case again.</param>
    public void Check(byte[] found, long moment, string story)
    {
        byte[][] allowed = Allowed(moment);
        Assert.That(allowed.Select(static version => version.Length), Has.Some.EqualTo(found.Length), $"{story}: the disk's length");
        for (int offset = 0; offset < found.Length; offset++)
        {
            // What is being cut off may be gone before the disk is shorter.
            if (!allowed.Any(version => offset < version.Length ? version[offset] == found[offset] : found[offset] == 0))
            {
                throw new AssertionException(
                    $"{story}: offset {offset} reads as {found[offset]:x2}, but was {allowed[0].ElementAtOrDefault(offset):x2} when it was flushed");
            }
        }
    }

    private byte[][] Allowed(long moment)
    {
        int first = _flushes.FindLast(flush => flush.Ended <= moment).Version;
        int last = Math.Max(first, _versions.FindLastIndex(version => version.Begun <= moment));
        return [.. _versions[first..(last + 1)].Select(static version => version.Contents)];
    }
}
