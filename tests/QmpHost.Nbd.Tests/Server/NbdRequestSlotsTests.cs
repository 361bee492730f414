using QmpHost.Nbd.Server;

namespace QmpHost.Nbd.Tests.Server;

[TestFixture]
public class NbdRequestSlotsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Test]
    public async Task Who_waits_for_a_slot_is_woken_when_half_of_them_are_free()
    {
        var slots = new NbdRequestSlots(limit: 4, budget: 100);
        List<NbdRequestSlot> taken = [.. Enumerable.Range(0, 4).Select(_ => slots.TryTake(0)!)];
        Task<NbdRequestSlot> waiting = slots.TakeAsync(0).AsTask();
        slots.Release(taken[0]);
        Assert.That(waiting.IsCompleted, Is.False);
        slots.Release(taken[1]);
        Assert.That(await waiting.WaitAsync(Patience), Is.Not.Null);
        Assert.That(slots.TryTake(0), Is.Not.Null);
    }

    [Test]
    public void A_free_slot_is_taken_at_once()
    {
        var slots = new NbdRequestSlots(limit: 4, budget: 100);
        List<NbdRequestSlot> taken = [.. Enumerable.Range(0, 4).Select(_ => slots.TryTake(0)!)];
        slots.Release(taken[0]);
        Assert.That(slots.TakeAsync(0).AsTask().IsCompletedSuccessfully, Is.True);
    }

    [Test]
    public async Task Who_waits_for_room_gets_it_when_what_is_under_way_leaves_enough()
    {
        var slots = new NbdRequestSlots(limit: 4, budget: 100);
        NbdRequestSlot first = slots.TryTake(90)!;
        Task<NbdRequestSlot> waiting = slots.TakeAsync(200).AsTask();
        Assert.That(waiting.IsCompleted, Is.False);
        slots.Release(first);
        Assert.That((await waiting.WaitAsync(Patience)).Charge, Is.EqualTo(200));
    }
}
