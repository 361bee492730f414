using System.IO.Pipelines;
using System.Text;
using Nerdbank.Streams;
using NUnit.Framework;
using QmpHost.Hosting;
using QmpHost.Protocol.Chardev;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using QmpHost.Testing.Support;

namespace QmpHost.Fuzz;

/// <summary>A whole host gets any bytes from clients of any manners: it neither fails nor hangs, what it says is QMP, and its memory stays within bounds.</summary>
[Category("Fuzz")]
public sealed class MonitorFuzzTests
{
    private const string LastId = "end of case";
    private const long MemoryLimit = 512 * 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Test]
    public async Task Any_byte_stream_leaves_the_host_healthy()
    {
        using var folder = new TestFolder();
        ByteStreams streams = ByteStreams.Load(folder.Path);
        for (var run = new FuzzRun(); run.Next(out Random random);)
        {
            var played = new List<byte[]>();
            try
            {
                await PlayAsync(streams, random, played);
            }
            catch (Exception e)
            {
                string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"fuzz-{run.Seed}.bin");
                await File.WriteAllBytesAsync(path, [.. played.SelectMany(stream => stream)]);
                Assert.Fail($"seed {run.Seed}, input saved to {path}: {e}");
            }

            Assert.That(GC.GetTotalMemory(forceFullCollection: false), Is.LessThan(MemoryLimit), $"seed {run.Seed}");
        }
    }

    // A host of its own, so that a case can be seen again alone.
    private static async Task PlayAsync(ByteStreams streams, Random random, List<byte[]> played)
    {
        using var errors = new StringWriter();
        BlockHost host = await BlockHost.StartAsync(new BlockHostOptions { StandardError = errors });
        for (int clients = random.Next(1, 4); clients > 0 && !host.ShutdownRequested.IsCompleted; clients--)
        {
            byte[] stream = streams.Make(random);
            played.Add(stream);
            await PlayAsync(host, stream, random);
        }

        await host.DisposeAsync().AsTask().WaitAsync(Patience);
        Assert.That(PlatformWords.FindIn(errors.ToString()), Is.Null);
    }

    private static async Task PlayAsync(BlockHost host, byte[] stream, Random random)
    {
        (IDuplexPipe mine, IDuplexPipe theirs) = FullDuplexStream.CreatePipePair();
        var connection = new PipeConnection(theirs);
        Task served = ServeAsync(host, connection, pretty: random.Next(8) == 0);
        bool reads = random.Next(10) != 0;
        Task<List<QObject>?> reading = reads ? ReadAsync(mine.Input) : Task.FromResult<List<QObject>?>(null);
        Task writing = WriteAsync(mine.Output, stream, random);
        bool endsWell = reads && random.Next(4) != 0;
        if (!endsWell)
        {
            // One side leaves in the middle of something.
            for (int left = random.Next(200); left > 0; left--)
            {
                await Task.Yield();
            }

            await (random.Next(2) == 0 ? connection.DisposeAsync() : LeaveAsync(mine, reading, writing));
        }
        else
        {
            await writing.WaitAsync(Patience);
            await mine.Output.WriteAsync(new byte[] { 0xFF, (byte)'\n' });
            await mine.Output.WriteAsync(Encoding.ASCII.GetBytes($"{{'execute': 'query-version', 'id': '{LastId}'}}"));
            await mine.Output.CompleteAsync();
        }

        await served.WaitAsync(Patience);
        if (await reading.WaitAsync(Patience) is not { } messages)
        {
            return;
        }

        Assert.That(messages, Is.All.Matches<QObject>(IsMessage));
        Assert.That(messages.Select(static message => PlatformWords.FindIn(message.ToString()!)), Is.All.Null);
        if (endsWell && !host.ShutdownRequested.IsCompleted)
        {
            Assert.That(messages, Has.Some.Matches<QObject>(m => m is QDict dict && dict.TryGetValue("id", out QObject? id) && id is QString { Value: LastId }));
        }
    }

    private static async ValueTask LeaveAsync(IDuplexPipe mine, Task reading, Task writing)
    {
        mine.Input.CancelPendingRead();
        await reading.WaitAsync(Patience);
        await mine.Input.CompleteAsync();
        mine.Output.CancelPendingFlush();
        await writing.WaitAsync(Patience);
        await mine.Output.CompleteAsync();
    }

    private static bool IsMessage(QObject message) =>
        message is QDict dict && (dict.ContainsKey("QMP") || dict.ContainsKey("return") || dict.ContainsKey("error") || dict.ContainsKey("event"));

    private static async Task ServeAsync(BlockHost host, PipeConnection connection, bool pretty)
    {
        await host.Monitors.ServeAsync(connection, pretty);
        await connection.DisposeAsync();
    }

    private static async Task WriteAsync(PipeWriter output, byte[] stream, Random random)
    {
        for (int at = 0; at < stream.Length;)
        {
            int length = Math.Min(random.Next(1, 2000), stream.Length - at);
            FlushResult result = await output.WriteAsync(stream.AsMemory(at, length));
            if (result.IsCompleted || result.IsCanceled)
            {
                return;
            }

            at += length;
        }
    }

    // Null where the messages cannot be told apart.
    private static async Task<List<QObject>?> ReadAsync(PipeReader input)
    {
        var messages = new List<QObject>();
        var parser = new JsonStreamParser();
        bool isUnreadable = false;
        while (true)
        {
            ReadResult result = await input.ReadAsync();
            JsonReadStatus status = parser.Read(result.Buffer, out SequencePosition consumed);
            input.AdvanceTo(consumed);
            if (status == JsonReadStatus.Error && !isUnreadable)
            {
                // QEMU writes an infinite number, echoed in an id, as no JSON can.
                Assert.That(parser.Error, Is.EqualTo("JSON parse error, invalid keyword 'inf'").Or.EqualTo("JSON parse error, stray '-i'"));
                isUnreadable = true;
            }

            if (status == JsonReadStatus.Value && !isUnreadable)
            {
                messages.Add(parser.Value!);
            }

            if (result.IsCanceled || (result.IsCompleted && status == JsonReadStatus.NeedMore))
            {
                return isUnreadable ? null : messages;
            }
        }
    }
}
