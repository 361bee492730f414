using NUnit.Framework;
using QmpHost.Block.Graph;
using QmpHost.Block.Jobs.Mirror;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.Qcow2.PowerLoss;

/// <summary>A disk is mirrored while a guest writes, and the guest goes over to the copy: that holds, from then on, all that it had flushed.</summary>
internal sealed class MirrorLossCase(Qcow2Host host, int seed) : PowerLossCase(host, seed)
{
    private GuestRecord _record = null!;
    private byte[] _contents = [];
    private long _pivoted = long.MaxValue;

    protected override async Task PlayAsync()
    {
        _contents = new byte[Random.Next(40, 800) * 512];
        await MakeAsync("source");
        await MakeAsync("target");
        BlockNode source = await Host.Graph.AddMonitorNodeAsync(Qcow2Host.Qcow2Options("source"));
        await Host.Graph.AddMonitorNodeAsync(Qcow2Host.Qcow2Options("target"));
        BlockBackend guest = PlugIn(source);
        int offset = Random.Next(_contents.Length / 1024) * 512;
        Random.NextBytes(_contents.AsSpan(offset, _contents.Length - offset));
        await guest.WriteAsync(offset, _contents.AsMemory(offset));
        await guest.FlushAsync();
        Watch("source");
        Watch("target");
        _record = new GuestRecord(Journal, _contents);
        await MirrorRequest.RunAsync(Host.Layer.Jobs, new BlockdevMirrorArguments
        {
            JobId = "j",
            Device = "n-source",
            Target = "n-target",
            Sync = MirrorSyncMode.Full,
            CopyMode = Random.Next(2) == 0 ? MirrorCopyMode.Background : MirrorCopyMode.WriteBlocking,
            Granularity = Random.Next(2) == 0 ? 4096u : null,
            AutoDismiss = false,
        });
        await WaitAsync("j", () => Random.Next(8) == 0 ? RequestAsync(guest, _contents, _record) : Task.CompletedTask);
        for (int i = Random.Next(6); i > 0; i--)
        {
            await RequestAsync(guest, _contents, _record);
        }

        await PivotAsync();
        for (int i = Random.Next(6); i > 0; i--)
        {
            await RequestAsync(guest, _contents, _record);
        }

        await guest.DeleteAsync();
        await Jobs.DismissAsync("j");
        await Host.Graph.DeleteMonitorNodeAsync("n-source");
        await Host.Graph.DeleteMonitorNodeAsync("n-target");
        _record.Flushed();
    }

    protected override async Task JudgeAsync(long moment, string story)
    {
        await CheckAsync("source", story);
        await CheckAsync("target", story);
        _record.Check(await ReadAsync(moment < _pivoted ? "source" : "target"), moment, story);
    }

    private Task<MemoryDisk> MakeAsync(string name)
    {
        int bits = Random.Next(9, 17);
        return Host.CreateAsync(name, _contents.Length, options => options with { ClusterSize = 1UL << bits });
    }

    private async Task PivotAsync()
    {
        Assert.That(Status("j"), Is.EqualTo(JobStatus.Ready));
        await Jobs.CompleteAsync("j");
        await WaitForEndAsync("j");
        _pivoted = Journal.Tick();
    }
}
