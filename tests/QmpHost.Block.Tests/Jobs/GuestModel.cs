using NUnit.Framework;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Tests.Jobs;

/// <summary>What a guest that writes at random knows of its disk: what it has written, and where a failed write left that open.</summary>
/// <param name="size">The disk's length in bytes, whole sectors.</param>
/// <param name="longest">The longest write in bytes, whole sectors.</param>
internal sealed class GuestModel(int size, int longest)
{
    private const int Sector = 512;

    private readonly bool[] _isUnknown = new bool[size / Sector];
    private readonly List<(int Offset, int Bytes)> _busy = [];

    /// <summary>The contents.</summary>
    public byte[] Contents { get; } = new byte[size];

    /// <summary>Whether a write is under way.</summary>
    public bool IsBusy => _busy.Count > 0;

    /// <summary>Writes data or zeroes somewhere; nothing happens where another write is under way.</summary>
    /// <param name="guest">The guest's disk.</param>
    /// <param name="random">Decides what is written where.</param>
    public async Task WriteAsync(BlockBackend guest, Random random)
    {
        int bytes = (random.Next(longest / Sector) + 1) * Sector;
        int offset = random.Next((size - bytes) / Sector) * Sector;
        byte[] data = new byte[bytes];
        random.NextBytes(data);
        bool isZero = random.Next(4) == 0;
        if (isZero)
        {
            Array.Clear(data);
        }

        // Writes that overlap would leave open which one comes last.
        if (_busy.Exists(area => area.Offset < offset + bytes && offset < area.Offset + area.Bytes))
        {
            return;
        }

        _busy.Add((offset, bytes));
        bool hasFailed = false;
        try
        {
            await (isZero ? guest.WriteZeroesAsync(offset, bytes) : guest.WriteAsync(offset, data));
        }
        catch (BlockIOException)
        {
            hasFailed = true;
        }

        _busy.Remove((offset, bytes));
        data.CopyTo(Contents.AsSpan(offset));
        Array.Fill(_isUnknown, hasFailed, offset / Sector, bytes / Sector);
    }

    /// <summary>Asserts that a disk holds what the guest wrote.</summary>
    /// <param name="seen">The disk's contents.</param>
    /// <param name="outcome">What to say where it does not.</param>
    public void Check(byte[] seen, string outcome)
    {
        for (int sector = 0; sector < size / Sector; sector++)
        {
            bool isEqual = seen.AsSpan(sector * Sector, Sector).SequenceEqual(Contents.AsSpan(sector * Sector, Sector));
            Assert.That(isEqual || _isUnknown[sector], $"{outcome}: sector {sector}");
        }
    }
}
