using NUnit.Framework;
using QmpHost.Block.Bitmaps;
using QmpHost.Block.Graph;
using QmpHost.Qapi;

namespace QmpHost.Block.Tests.Drivers.Qcow2.PowerLoss;

/// <summary>
/// An image is opened and closed with persistent bitmaps in it, which record what a guest writes. A bitmap that is found and claims
/// to be right shows at least what has changed since it was made; where the image was closed, all are there and right.
/// </summary>
internal sealed class BitmapLossCase(Qcow2Host host, int seed) : PowerLossCase(host, seed)
{
    private readonly Dictionary<string, byte[]> _contentsBefore = [];
    private readonly List<string> _bitmaps = [];
    private readonly List<(long Opened, long Closed, string[] Names)> _rests = [];
    private GuestRecord _record = null!;
    private byte[] _contents = [];

    protected override async Task PlayAsync()
    {
        _contents = new byte[Random.Next(8, 600) * 512];
        await Host.CreateAsync("a", _contents.Length, options => options with { ClusterSize = 1UL << Random.Next(9, 17) });
        Watch("a");
        _record = new GuestRecord(Journal, _contents);
        long closed = 0;
        for (int round = Random.Next(2, 5); round > 0; round--)
        {
            long opened = Journal.Tick();
            _rests.Add((closed, opened, [.. _bitmaps]));
            await UseAsync();
            closed = Journal.Tick();
        }

        _rests.Add((closed, long.MaxValue, [.. _bitmaps]));
    }

    protected override async Task JudgeAsync(long moment, string story)
    {
        await CheckAsync("a", story);
        BlockBackend disk = await Host.OpenAsync("a", readOnly: true);
        byte[] found = new byte[disk.Node.Length];
        await disk.ReadAsync(0, found);
        DirtyBitmap[] bitmaps = [.. disk.Node.Bitmaps.NewestFirst];
        foreach (DirtyBitmap bitmap in bitmaps.Where(static bitmap => !bitmap.IsInconsistent))
        {
            CheckBits(bitmap, _contentsBefore[bitmap.Name!], found, story);
        }

        int rest = _rests.FindIndex(rest => rest.Opened <= moment && moment < rest.Closed);
        if (rest > 0)
        {
            Assert.That(bitmaps.Select(static bitmap => bitmap.Name), Is.EquivalentTo(_rests[rest].Names), story);
            Assert.That(bitmaps.Any(static bitmap => bitmap.IsInconsistent), Is.False, story);
        }

        await disk.DeleteAsync();
        _record.Check(found, moment, story);
    }

    private static void CheckBits(DirtyBitmap bitmap, byte[] since, byte[] found, string story)
    {
        for (int offset = 0; offset < found.Length; offset++)
        {
            Assert.That(
                since[offset] == found[offset] || bitmap.Bits.Get(offset), $"{story}: bitmap {bitmap.Name} does not show the change at {offset}");
        }
    }

    private async Task UseAsync()
    {
        BlockBackend guest = await Host.OpenAsync("a");
        for (int i = Random.Next(1, 12); i > 0; i--)
        {
            switch (Random.Next(6))
            {
                case 0:
                    await AddAsync(guest);
                    break;
                case 1 when _bitmaps.Count > 0:
                    await DirtyBitmapOperations.RemoveAsync(guest.Node.Bitmaps, _bitmaps[0]);
                    _bitmaps.RemoveAt(0);
                    break;
                default:
                    await RequestAsync(guest, _contents, _record);
                    break;
            }
        }

        await guest.DeleteAsync();
        _record.Flushed();
    }

    private async Task AddAsync(BlockBackend guest)
    {
        string name = $"b{_contentsBefore.Count}";
        await DirtyBitmapOperations.AddAsync(
            guest.Node.Bitmaps, new DirtyBitmapAddition(name, 512L << Random.Next(8), Persistent: true, Disabled: false));
        _bitmaps.Add(name);
        _contentsBefore[name] = [.. _contents];
    }
}
