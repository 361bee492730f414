using NUnit.Framework;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Tests.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.Http;

// The messages were seen on QEMU 7.2 with its curl module.
public sealed class HttpDriverTests
{
    private static readonly byte[] Disk = [.. Enumerable.Range(0, (1 << 20) + 100).Select(static i => (byte)(i / 512))];

    private TestLayer _layer = null!;

    [SetUp]
    public void SetUp() => _layer = new TestLayer();

    [TearDown]
    public void TearDown() => _layer.Dispose();

    [Test]
    public async Task A_disk_reads_as_the_file_does_and_is_zero_behind_its_end()
    {
        await using WebServer server = WebServer.Of(Disk);
        await _layer.Run(async () =>
        {
            BlockNode node = await _layer.Graph.OpenAsync(Options(server.Url));
            BlockBackend backend = _layer.Backend(node, BlockPermissions.ConsistentRead);
            Assert.That((node.Length, node.ReadOnly), Is.EqualTo(((1L << 20) + 512, true)));
            byte[] data = new byte[node.Length];
            var random = new Random(1);
            for (int i = 0; i < 200; i++)
            {
                int start = random.Next(data.Length);
                int length = random.Next(1, Math.Min(data.Length - start, 100_000) + 1);
                await backend.ReadAsync(start, data.AsMemory(start, length));
                byte[] expected = [.. Disk.Concat(new byte[412]).Skip(start).Take(length)];
                Assert.That(data.AsSpan(start, length).SequenceEqual(expected), Is.True, $"{start}, {length}");
            }

            await backend.RemoveAsync();
            await _layer.Graph.UnrefAsync(node);
        });
    }

    [Test]
    public async Task What_was_read_ahead_is_not_asked_for_again()
    {
        await using WebServer server = WebServer.Of(Disk);
        await _layer.Run(async () =>
        {
            BlockNode node = await _layer.Graph.OpenAsync(Options(server.Url, static o => o with { Readahead = 65536 }));
            BlockBackend backend = _layer.Backend(node, BlockPermissions.ConsistentRead);
            byte[] data = new byte[4096];
            for (int i = 0; i < 17; i++)
            {
                await backend.ReadAsync(i * 4096, data);
            }

            Assert.That(server.Requests.Where(static r => r.StartsWith("GET", StringComparison.Ordinal)), Has.Exactly(1).Items);
            Assert.That(server.Requests[^1], Does.Contain("Range: bytes=0-69631"));
            await backend.RemoveAsync();
            await _layer.Graph.UnrefAsync(node);
        });
    }

    [Test]
    public async Task Cookies_and_names_are_sent()
    {
        await using WebServer server = WebServer.Of(Disk);
        await _layer.Run(async () =>
        {
            BlockNode node = await _layer.Graph.OpenAsync(Options(server.Url, static o => o with { Cookie = "a=b; c", Username = "user" }));
            Assert.That(server.Requests.Single(), Does.Contain("Cookie: a=b; c\r\n").And.Contain("Authorization: Basic dXNlcjo=\r\n"));
            await _layer.Graph.UnrefAsync(node);
        });
    }

    [TestCase("404 Not Found", "Content-Length: 0", "The requested URL returned error: 404")]
    [TestCase("200 OK", "Content-Length: 512", "Server does not support 'range' (byte ranges).")]
    [TestCase("200 OK", "Accept-Ranges: bytes\r\nConnection: close", "Server didn't report file size.")]
    public async Task A_server_that_cannot_serve_is_refused(string status, string headers, string reason)
    {
        await using var server = new WebServer(_ => WebServer.Answer(status, headers));
        await _layer.Run(() => AssertFails(Options(server.Url), $"CURL: Error opening file: {reason}"));
    }

    [Test]
    public async Task A_range_that_is_refused_is_an_error_of_the_read_and_asked_for_again()
    {
        int failures = 1;
        await using var server = new WebServer(head =>
            head.StartsWith("HEAD", StringComparison.Ordinal) ? WebServer.Answer("200 OK", "Accept-Ranges: bytes\r\nContent-Length: 512")
            : failures-- > 0 ? WebServer.Answer("503 Busy", "Content-Length: 0")
            : WebServer.Answer("206 Partial Content", "Content-Length: 512", new byte[512]));
        await _layer.Run(async () =>
        {
            BlockNode node = await _layer.Graph.OpenAsync(Options(server.Url));
            BlockBackend backend = _layer.Backend(node, BlockPermissions.ConsistentRead);
            Errno error = 0;
            try
            {
                await backend.ReadAsync(0, new byte[512]);
            }
            catch (BlockIOException e)
            {
                error = e.Errno;
            }

            Assert.That(error, Is.EqualTo(Errno.EIO));
            await backend.ReadAsync(0, new byte[512]);
            await backend.RemoveAsync();
            await _layer.Graph.UnrefAsync(node);
        });
    }

    [Test]
    public Task Options_that_make_no_sense_are_refused() => _layer.Run(async () =>
    {
        const string Url = "http://127.0.0.1:1/x";
        await AssertFails(Options(Url) with { ReadOnly = false }, "curl driver does not support writes");
        await AssertFails(Options(Url, static o => o with { Readahead = 1000 }), "HTTP_READAHEAD_SIZE 1000 is not a multiple of 512");
        await AssertFails(Options(Url, static o => o with { Timeout = 10001 }), "timeout parameter is too large or negative");
        await AssertFails(
            Options(Url, static o => o with { Cookie = "a", CookieSecret = "b" }), "curl driver cannot handle both cookie and cookie secret");
        await AssertFails(Options(Url, static o => o with { PasswordSecret = "none" }), "No secret with id 'none'");
        await AssertFails(
            Options("https://x/"), "http curl driver cannot handle the URL 'https://x/' (does not start with 'http://')");
    });

    [TestCase("7.2", "Parameter 'readahead' expects a non-negative number below 2^64")]
    [TestCase("10.0", "Value '-5' is out of range for parameter 'readahead'")]
    public async Task A_negative_readahead_is_told_as_the_release_tells_it(string release, string message)
    {
        using var layer = new TestLayer(VersionProfile.Parse(release));
        await layer.Run(() =>
        {
            Assert.That(
                async () => await layer.Graph.OpenAsync(Options("http://127.0.0.1:1/x", static o => o with { Readahead = -5 })),
                Throws.TypeOf<QmpException>().With.Message.EqualTo(message));
            return Task.CompletedTask;
        });
    }

    private static BlockdevOptions Options(string url, Func<BlockdevOptionsCurlHttp, BlockdevOptionsCurlHttp>? more = null)
    {
        var branch = new BlockdevOptionsCurlHttp { Url = url };
        return BlockdevOptions.Of(BlockdevDriver.Http, more?.Invoke(branch) ?? branch, nodeName: "web", readOnly: true);
    }

    private async Task AssertFails(BlockdevOptions options, string message)
    {
        QmpException? failure = null;
        try
        {
            await _layer.Graph.OpenAsync(options);
        }
        catch (QmpException e)
        {
            failure = e;
        }

        Assert.That(failure?.Message, Is.EqualTo(message));
        Assert.That(_layer.Graph.Nodes, Is.Empty);
    }
}
