using System.Net.Sockets;
using System.Text;
using NUnit.Framework;
using QmpHost.Qapi.Tests.Json;

namespace QmpHost.Protocol.Tests.Oracle;

/// <summary>The recordings still are what the storage daemon says.</summary>
[Category("Oracle")]
public sealed class RecordedDataOracleTests
{
    private const string LastRequest = "\n{\"execute\": \"x-end\", \"id\": \"end of test\"}";
    private const string LastId = "\"id\": \"end of test\"";

    [TestCase("envelope.txt")]
    [TestCase("json-dialect.txt")]
    public async Task Recordings_are_what_the_oracle_says(string fileName)
    {
        IReadOnlyList<DialectCase> cases = fileName == "json-dialect.txt" ? DialectCase.ReadAll() : DialectCase.Read(fileName);
        await using OracleDaemon oracle = await OracleDaemon.StartAsync();
        await SkipOtherReleasesAsync(oracle);

        // The daemon reads byte by byte: a sample, another one each day, keeps the test short.
        int offset = DateTime.UtcNow.DayOfYear % 10;
        foreach (DialectCase c in cases.Where((_, i) => i % 10 == offset))
        {
            // Whether something out of band overtakes is a race in the daemon, except where only that is pending.
            string[] replies = await AskAsync(oracle, c.Input);
            Assert.That(replies, Is.EquivalentTo(c.Replies), c.Name);
        }
    }

    [Test]
    public async Task A_pretty_monitor_writes_as_recorded()
    {
        await using OracleDaemon oracle = await OracleDaemon.StartAsync(",pretty=on");
        DialectCase c = DialectCase.Read("pretty.txt")[0];
        string text = await ConverseAsync(oracle, c.Input);

        if (!text.Contains("deb12u18+b3", StringComparison.Ordinal))
        {
            Assert.Ignore("The recordings were made with another build.");
        }

        Assert.That(text, Does.StartWith(Encoding.Latin1.GetString(DialectCase.Unescape(c.Replies.Single()))));
    }

    private static async Task SkipOtherReleasesAsync(OracleDaemon oracle)
    {
        if (!(await ConverseAsync(oracle, [])).Contains("deb12u18+b3", StringComparison.Ordinal))
        {
            Assert.Ignore("The recordings were made with another build.");
        }
    }

    private static async Task<string[]> AskAsync(OracleDaemon oracle, byte[] input)
    {
        string[] lines = (await ConverseAsync(oracle, input)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        return [.. lines[1..].Where(l => !l.Contains(LastId, StringComparison.Ordinal))];
    }

    private static async Task<string> ConverseAsync(OracleDaemon oracle, byte[] input)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(oracle.SocketPath));
        byte[] output = [.. input, .. Encoding.ASCII.GetBytes(LastRequest)];
        await socket.SendAsync(output);
        var text = new StringBuilder();
        var buffer = new byte[65536];
        while (!IsComplete(text.ToString()))
        {
            int length = await socket.ReceiveAsync(buffer).WaitAsync(TimeSpan.FromMinutes(2));
            Assert.That(length, Is.GreaterThan(0), "the daemon closed the connection");
            text.Append(Encoding.Latin1.GetString(buffer, 0, length));
        }

        return text.ToString();
    }

    private static bool IsComplete(string text) => text.Contains(LastId, StringComparison.Ordinal) && text.EndsWith("}\r\n", StringComparison.Ordinal);
}
