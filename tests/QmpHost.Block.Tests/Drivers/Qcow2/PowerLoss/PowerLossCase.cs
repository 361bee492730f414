using NUnit.Framework;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Checking;
using QmpHost.Block.Graph;
using QmpHost.Block.Tests.Jobs;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.Qcow2.PowerLoss;

/// <summary>
/// A piece of work on image files whose course one number decides, and losses of power in its midst: no image that is found then
/// may contradict itself, and what was said to be stable must be there.
/// </summary>
internal abstract class PowerLossCase(Qcow2Host host, int seed)
{
    private const int MaxSteps = 20000;

    protected Qcow2Host Host { get; } = host;

    protected Random Random { get; } = new(seed);

    protected PowerJournal Journal { get; } = new();

    protected JobCommands Jobs { get; } = new(host.Layer.Jobs);

    /// <summary>Does the work and loses power so many times.</summary>
    public async Task RunAsync(int losses)
    {
        try
        {
            await PlayAsync();
        }
        catch (Exception e) when (e is QmpException or BlockIOException)
        {
            throw new AssertionException($"{GetType().Name}, seed {seed}: {e}", e);
        }

        var random = new Random(seed);
        for (int i = 0; i < losses; i++)
        {
            long moment = random.NextInt64(Journal.Now + 2);
            foreach ((string name, MemoryDisk disk) in Journal.Lose(moment, random))
            {
                Host.Disks[name] = disk;
            }

            string story = $"{GetType().Name}, seed {seed}, loss {i} at {moment} of {Journal.Now}";
            try
            {
                await JudgeAsync(moment, story);
            }
            catch (QmpException e)
            {
                throw new AssertionException($"{story}: {e.Message}", e);
            }
        }
    }

    /// <summary>Does the work.</summary>
    protected abstract Task PlayAsync();

    /// <summary>Judges what is found.</summary>
    protected abstract Task JudgeAsync(long moment, string story);

    /// <summary>Watches a file from now on. Requests to it end in random order.</summary>
    protected void Watch(string name)
    {
        MemoryDisk disk = Host.Disks[name];
        Journal.Watch(name, disk);
        disk.DiscardFill = 0;
        disk.Interfere = async _ =>
        {
            for (int turns = Random.Next(4); turns > 0; turns--)
            {
                await Host.Loop.YieldAsync();
            }
        };
    }

    /// <summary>Plugs a guest into a node.</summary>
    protected BlockBackend PlugIn(BlockNode node)
    {
        var guest = new BlockBackend(Host.Graph, "guest", BlockPermissions.ConsistentRead | BlockPermissions.Write, BlockPermissions.All);
        guest.Insert(node);
        return guest;
    }

    /// <summary>One write, zero write or flush of a guest.</summary>
    protected async Task RequestAsync(BlockBackend guest, byte[] contents, GuestRecord record)
    {
        if (Random.Next(4) == 0)
        {
            await guest.FlushAsync();
            record.Flushed();
            return;
        }

        int offset = Random.Next(contents.Length / 512) * 512;
        byte[] data = new byte[Math.Min(Random.Next(1, 200) * 512, contents.Length - offset)];
        bool isZero = Random.Next(4) == 0;
        data.AsSpan().Fill(isZero ? (byte)0 : (byte)Random.Next(1, 256));
        data.CopyTo(contents.AsSpan(offset));
        record.Change(contents);
        await (isZero ? guest.WriteZeroesAsync(offset, data.Length, RequestFlags.MayUnmap) : guest.WriteAsync(offset, data));
    }

    /// <summary>Lets time pass until a job has ended, or is ready for its last step.</summary>
    protected Task WaitAsync(string job, Func<Task> between)
        => WaitUntilAsync(() => Status(job) is JobStatus.Ready or JobStatus.Concluded or JobStatus.Null, between);

    /// <summary>Lets time pass until a job has ended.</summary>
    protected Task WaitForEndAsync(string job)
        => WaitUntilAsync(() => Status(job) is JobStatus.Concluded or JobStatus.Null, static () => Task.CompletedTask);

    protected JobStatus Status(string job) => Host.Layer.Jobs.Find(job)?.Status ?? JobStatus.Null;

    private async Task WaitUntilAsync(Func<bool> isReached, Func<Task> between)
    {
        for (int step = 0; !isReached(); step++)
        {
            Assert.That(step, Is.LessThan(MaxSteps), $"seed {seed}");
            await between();
            Host.Clock.Advance(TimeSpan.FromMilliseconds(50));
            await Host.Loop.YieldAsync();
        }
    }

    /// <summary>Checks that an image does not contradict itself. Leaks are no damage.</summary>
    protected async Task CheckAsync(string name, string story, BlockdevRef? dataFile = null)
    {
        CheckReport report = await Host.CheckAsync(name, dataFile);
        Assert.That(report.Corruptions, Is.Zero, () => $"{story}: {name}\n{string.Join('\n', report.Messages)}");
    }

    /// <summary>Reads a disk through its chain, as the names in the images' headers say.</summary>
    protected async Task<byte[]> ReadAsync(string name)
    {
        BlockBackend backend = await Host.OpenAsync(name, readOnly: true);
        byte[] found = new byte[backend.Node.Length];
        await backend.ReadAsync(0, found);
        await backend.DeleteAsync();
        return found;
    }
}
