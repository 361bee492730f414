using NUnit.Framework;
using QmpHost.Block.Copy;
using QmpHost.Block.Loop;

namespace QmpHost.Block.Tests.Copy;

/// <summary>How many buffers a copy engine uses at once.</summary>
[TestFixture]
public sealed class CopyBufferPoolTests
{
    private const int BufferSize = 4096;
    private const int Few = 8;

    private EventLoop _loop = null!;
    private CopyBufferPool _pool = null!;

    [SetUp]
    public void SetUp()
    {
        _loop = new EventLoop();
        _pool = new CopyBufferPool(_loop, BufferSize, 64 * BufferSize);
    }

    [Test]
    public void Few_buffers_are_in_use_while_the_machine_has_requests() => OnLoop(() =>
    {
        _loop.BeginOutside();
        Assert.That(Served(Rent(20)), Is.EqualTo(Few));
    });

    [Test]
    public void A_buffer_that_comes_back_goes_to_whoever_waits_longest() => OnLoop(() =>
    {
        _loop.BeginOutside();
        Task<CopyBuffer>[] rents = Rent(Few + 2);
        _pool.Return(rents[3].Result);
        Assert.That(rents[Few].IsCompleted, Is.True);
        Assert.That(rents[Few + 1].IsCompleted, Is.False);
        Assert.That(rents[Few].Result, Is.SameAs(rents[3].Result));
    });

    [Test]
    public void Everybody_has_a_buffer_where_all_wait_for_the_loop_or_the_clock()
        => OnLoop(() => Assert.That(Served(Rent(20)), Is.EqualTo(20)));

    [Test]
    public void Those_who_wait_are_served_when_the_machine_has_no_request_any_more() => OnLoop(() =>
    {
        _loop.BeginOutside();
        Task<CopyBuffer>[] rents = Rent(20);
        _loop.EndOutside();
        _pool.ServeWaiting();
        Assert.That(Served(rents), Is.EqualTo(20));
    });

    [Test]
    public void The_memory_is_bounded_whatever_the_buffers_wait_for()
        => OnLoop(() => Assert.That(Served(Rent(100)), Is.EqualTo(64)));

    private static int Served(Task<CopyBuffer>[] rents) => rents.Count(static r => r.IsCompleted);

    private void OnLoop(Action body) => _loop.InvokeAsync(() =>
    {
        body();
        return Task.CompletedTask;
    }).GetAwaiter().GetResult();

    private Task<CopyBuffer>[] Rent(int count) => [.. Enumerable.Range(0, count).Select(_ => _pool.RentAsync().AsTask())];
}
