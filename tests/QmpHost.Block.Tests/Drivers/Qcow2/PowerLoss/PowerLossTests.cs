using System.Globalization;
using NUnit.Framework;

namespace QmpHost.Block.Tests.Drivers.Qcow2.PowerLoss;

/// <summary>
/// The power fails in the middle of everything that writes to images. A few losses each; with QMPHOST_POWER_LOSSES=1000 in the
/// environment a thousand of each, from other seeds with QMPHOST_POWER_SEED.
/// </summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class PowerLossTests
{
    private const int LossesPerCase = 10;

    private static readonly int Losses = Setting("QMPHOST_POWER_LOSSES", 30);
    private static readonly int FirstSeed = Setting("QMPHOST_POWER_SEED", 1);

    [Test]
    public void While_a_guest_writes() => Play(static (host, seed) => new WriteLossCase(host, seed, resizes: false));

    [Test]
    public void While_disks_change_their_length() => Play(static (host, seed) => new WriteLossCase(host, seed, resizes: true));

    [Test]
    public void While_bitmaps_are_stored() => Play(static (host, seed) => new BitmapLossCase(host, seed));

    [Test]
    public void While_an_image_is_made() => Play(static (host, seed) => new CreateLossCase(host, seed));

    [Test]
    public void While_a_chain_is_committed() => Play(static (host, seed) => new ChainLossCase(host, seed, streams: false));

    [Test]
    public void While_a_chain_is_streamed() => Play(static (host, seed) => new ChainLossCase(host, seed, streams: true));

    [Test]
    public void While_a_disk_is_mirrored() => Play(static (host, seed) => new MirrorLossCase(host, seed));

    private static void Play(Func<Qcow2Host, int, PowerLossCase> make)
    {
        for (int i = 0; i < Losses / LossesPerCase; i++)
        {
            int seed = FirstSeed + i;
            Qcow2Host.Run(host => make(host, seed).RunAsync(LossesPerCase));
        }
    }

    private static int Setting(string name, int otherwise)
        => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}
