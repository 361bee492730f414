using NUnit.Framework;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Graph;

public sealed class LatencyHistogramTests
{
    [Test]
    public void A_time_belongs_to_the_range_that_begins_with_it()
    {
        var histogram = new LatencyHistogram([10, 20]);
        foreach (long time in new long[] { 0, 9, 10, 19, 20, 21, long.MaxValue })
        {
            histogram.Count(time);
        }

        BlockLatencyHistogramInfo info = histogram.Describe();
        Assert.That(info.Bins, Is.EqualTo(new ulong[] { 2, 2, 3 }));
        Assert.That(info.Boundaries, Is.EqualTo(new ulong[] { 10, 20 }));
    }

    [TestCase(new ulong[] { }, true)]
    [TestCase(new ulong[] { 1 }, true)]
    [TestCase(new ulong[] { ulong.MaxValue }, true)]
    [TestCase(new ulong[] { 0, 1 }, false)]
    [TestCase(new ulong[] { 2, 2 }, false)]
    [TestCase(new ulong[] { 3, 2 }, false)]
    public void Boundaries_ascend(ulong[] boundaries, bool valid) => Assert.That(LatencyHistogram.AreValid(boundaries), Is.EqualTo(valid));
}
