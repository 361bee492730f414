using NUnit.Framework;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.Qcow2.PowerLoss;

/// <summary>An image is made: in the end it is there; whatever is found before, another can be made in its place.</summary>
internal sealed class CreateLossCase(Qcow2Host host, int seed) : PowerLossCase(host, seed)
{
    private static readonly PreallocMode[] Modes = [PreallocMode.Off, PreallocMode.Metadata, PreallocMode.Falloc, PreallocMode.Full];

    private long _size;
    private long _created;
    private Func<BlockdevCreateOptionsQcow2, BlockdevCreateOptionsQcow2> _options = static options => options;

    protected override async Task PlayAsync()
    {
        _size = Random.Next(4000) * 512L;
        int version = Random.Next(3) == 0 ? 2 : 3;
        int bits = Random.Next(9, 18);
        PreallocMode mode = Modes[Random.Next(Modes.Length)];
        int refcountBits = version == 2 ? 16 : 1 << Random.Next(7);
        _options = options => options with
        {
            Version = version == 2 ? BlockdevQcow2Version.V2 : BlockdevQcow2Version.V3,
            ClusterSize = 1UL << bits,
            RefcountBits = refcountBits,
            Preallocation = mode,
        };
        Host.Disks["a"] = new MemoryDisk();
        Watch("a");
        await Host.CreateAsync("a", _size, _options, Host.Disks["a"]);
        _created = Journal.Tick();
    }

    protected override async Task JudgeAsync(long moment, string story)
    {
        if (moment >= _created)
        {
            await CheckAsync("a", story);
            byte[] found = await ReadAsync("a");
            Assert.That(found, Has.Length.EqualTo(_size).And.All.Zero, story);
        }

        await Host.CreateAsync("a", _size, _options, Host.Disks["a"]);
        await CheckAsync("a", story);
    }
}
