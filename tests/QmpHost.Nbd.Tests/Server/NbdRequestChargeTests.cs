using QmpHost.Nbd.Protocol;
using QmpHost.Nbd.Server;
using QmpHost.Nbd.Tests.Support;

namespace QmpHost.Nbd.Tests.Server;

[TestFixture]
public class NbdRequestChargeTests
{
    private const int Bitmaps = 64;

    [Test]
    public void Block_status_counts_as_much_as_its_longest_reply()
    {
        NbdSession session = SessionWithBitmaps();
        long whole = Charge(session, NbdCommand.BlockStatus, NbdCommandFlags.None, uint.MaxValue);
        Assert.That(whole, Is.EqualTo((Bitmaps + 1L) * NbdConstants.MaxBlockStatusExtents * 8));
        Assert.That(whole, Is.GreaterThan(NbdTransmission.PayloadBudget), "one such request leaves no room for another");
        Assert.That(Charge(session, NbdCommand.BlockStatus, NbdCommandFlags.RequestOne, uint.MaxValue), Is.EqualTo((Bitmaps + 1) * 8));
        Assert.That(Charge(session, NbdCommand.BlockStatus, NbdCommandFlags.None, 65536), Is.EqualTo((Bitmaps + 1) * 129 * 8));
    }

    [Test]
    public void Reads_and_writes_count_as_much_as_their_data_unless_they_are_refused()
    {
        NbdSession session = SessionWithBitmaps();
        Assert.That(Charge(session, NbdCommand.Read, NbdCommandFlags.None, 4096), Is.EqualTo(4096));
        Assert.That(Charge(session, NbdCommand.Write, NbdCommandFlags.None, 4096), Is.EqualTo(4096));
        Assert.That(Charge(session, NbdCommand.Write, NbdCommandFlags.None, uint.MaxValue), Is.Zero);
        Assert.That(Charge(session, NbdCommand.Trim, NbdCommandFlags.None, uint.MaxValue), Is.Zero);
    }

    private static int Charge(NbdSession session, NbdCommand command, NbdCommandFlags flags, uint length)
        => NbdRequestCharge.Of(new NbdRequest(flags, command, 1, 0, length), session);

    private static NbdSession SessionWithBitmaps()
    {
        var export = new NbdExport("", new MemoryDisk(1024 * 1024)) { Bitmaps = [.. Enumerable.Range(0, Bitmaps).Select(static i => $"b{i}")] };
        var contexts = new NbdMetaContexts(export);
        contexts.SelectAll();
        return new NbdSession(export, NbdFraming.Structured, contexts);
    }
}
