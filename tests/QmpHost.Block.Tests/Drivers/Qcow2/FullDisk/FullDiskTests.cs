using NUnit.Framework;

namespace QmpHost.Block.Tests.Drivers.Qcow2.FullDisk;

/// <summary>There is no room for whatever is written to an image, see <see cref="FullDiskCase"/>.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class FullDiskTests
{
    private const int Cases = 15;

    [Test]
    public void What_finds_no_room_loses_nothing_and_works_once_there_is_some([Values] FullDiskWork work)
    {
        int failures = 0;
        for (int seed = 1; seed <= Cases; seed++)
        {
            Qcow2Host.Run(async host =>
            {
                var played = new FullDiskCase(host, work, seed);
                await played.RunAsync();
                failures += played.HasFailed ? 1 : 0;
            });
        }

        Assert.That(failures, Is.GreaterThan(0), "there was always room");
    }
}
