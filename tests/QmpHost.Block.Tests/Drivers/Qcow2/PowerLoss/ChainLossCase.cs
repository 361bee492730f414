using QmpHost.Block.Graph;
using QmpHost.Block.Jobs.Commit;
using QmpHost.Block.Jobs.Stream;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.Qcow2.PowerLoss;

/// <summary>
/// In a chain of three images the middle one, or all above the base, is committed to the base while a guest writes, or the top takes
/// over what it had below it. The guest's disk is what is found at the top, or, once all was committed, in the base.
/// </summary>
/// <param name="host">The block layer.</param>
/// <param name="seed">Decides the case.</param>
/// <param name="streams">Whether the top takes over, instead of giving away.</param>
internal sealed class ChainLossCase(Qcow2Host host, int seed, bool streams) : PowerLossCase(host, seed)
{
    private GuestRecord _record = null!;
    private byte[] _contents = [];
    private long _pivoted = long.MaxValue;

    protected override async Task PlayAsync()
    {
        _contents = new byte[Random.Next(40, 800) * 512];
        int bits = Random.Next(9, 17);
        await FillAsync("base", null, bits);
        await FillAsync("mid", "base", bits);
        await FillAsync("top", "mid", bits);
        await AddAsync("base", null);
        await AddAsync("mid", "base");
        BlockNode top = await AddAsync("top", "mid");
        Watch("base");
        Watch("mid");
        Watch("top");
        _record = new GuestRecord(Journal, _contents);
        BlockBackend guest = PlugIn(top);
        bool isActive = !streams && Random.Next(2) == 0;
        await (streams ? StreamAsync(Random.Next(2) == 0) : CommitAsync(isActive));
        await WaitAsync("j", () => Random.Next(8) == 0 ? RequestAsync(guest, _contents, _record) : Task.CompletedTask);
        if (isActive)
        {
            await PivotAsync();
        }

        for (int i = Random.Next(6); i > 0; i--)
        {
            await RequestAsync(guest, _contents, _record);
        }

        await guest.DeleteAsync();
        await CloseAsync();
        _record.Flushed();
    }

    protected override async Task JudgeAsync(long moment, string story)
    {
        foreach (string name in new[] { "top", "mid", "base" })
        {
            await CheckAsync(name, story);
        }

        _record.Check(await ReadAsync(moment < _pivoted ? "top" : "base"), moment, story);
    }

    private async Task FillAsync(string name, string? backing, int bits)
    {
        await Host.CreateAsync(name, _contents.Length, options => options with
        {
            ClusterSize = 1UL << bits,
            BackingFile = backing,
            BackingFmt = backing is null ? null : BlockdevDriver.Qcow2,
        });
        BlockBackend image = await Host.OpenAsync(name);
        for (int i = Random.Next(1, 8); i > 0; i--)
        {
            int offset = Random.Next(_contents.Length / 512) * 512;
            byte[] data = new byte[Math.Min(Random.Next(1, 200) * 512, _contents.Length - offset)];
            Random.NextBytes(data);
            await image.WriteAsync(offset, data);
            data.CopyTo(_contents.AsSpan(offset));
        }

        await image.DeleteAsync();
    }

    private ValueTask<BlockNode> AddAsync(string name, string? backing) => Host.Graph.AddMonitorNodeAsync(Qcow2Host.Qcow2Options(
        name,
        readOnly: name == "mid",
        options => options with { Backing = backing is null ? new BlockdevRefOrNull.Null() : new BlockdevRefOrNull.Reference("n-" + backing) }));

    private ValueTask StreamAsync(bool keepsBase) => StreamRequest.RunAsync(Host.Layer.Jobs, new BlockStreamArguments
    {
        JobId = "j",
        Device = "n-top",
        BaseNode = keepsBase ? "n-base" : null,
        AutoDismiss = false,
    });

    private ValueTask CommitAsync(bool isActive) => CommitRequest.RunAsync(Host.Layer.Jobs, new BlockCommitArguments
    {
        JobId = "j",
        Device = "n-top",
        TopNode = isActive ? "n-top" : "n-mid",
        BaseNode = "n-base",
        AutoDismiss = false,
    });

    private async Task PivotAsync()
    {
        // From here on the base alone is the guest's disk as well: what it had flushed before is there.
        await Jobs.CompleteAsync("j");
        await WaitForEndAsync("j");
        _pivoted = Journal.Tick();
    }

    private async Task CloseAsync()
    {
        await Jobs.DismissAsync("j");
        foreach (string name in new[] { "top", "mid", "base" })
        {
            await Host.Graph.DeleteMonitorNodeAsync("n-" + name);
        }
    }
}
