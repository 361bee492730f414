using NUnit.Framework;
using QmpHost.Qapi.Tests.Json;

namespace QmpHost.Protocol.Tests.Server;

/// <summary>What was recorded from QEMU's storage daemon, played against our server: every byte.</summary>
public sealed class RecordedSessionTests
{
    private const string Greeting =
        "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}, \"package\": \"Debian 1:7.2+dfsg-7+deb12u18+b3\"}, \"capabilities\": [\"oob\"]}}\r\n";

    [TestCase("envelope.txt", 50)]
    [TestCase("json-dialect.txt", 2000)]
    public async Task Every_reply_is_the_recorded_one(string fileName, int least)
    {
        IReadOnlyList<DialectCase> cases = fileName == "json-dialect.txt" ? DialectCase.ReadAll() : DialectCase.Read(fileName);
        await using var host = new TestHost();

        Assert.That(cases, Has.Count.GreaterThan(least));
        foreach (DialectCase c in cases)
        {
            string output = await ConverseAsync(host, c.Input, pretty: false);
            Assert.That(output, Is.EqualTo(Greeting + string.Concat(c.Replies.Select(r => r + "\r\n"))), c.Name);
        }

        Assert.That(host.Errors, Is.Empty);
    }

    [Test]
    public async Task A_pretty_monitor_spreads_messages_over_lines()
    {
        await using var host = new TestHost();
        foreach (DialectCase c in DialectCase.Read("pretty.txt"))
        {
            string output = await ConverseAsync(host, c.Input, pretty: true);
            Assert.That(output, Is.EqualTo(System.Text.Encoding.Latin1.GetString(DialectCase.Unescape(c.Replies.Single()))), c.Name);
        }
    }

    private static async Task<string> ConverseAsync(TestHost host, byte[] input, bool pretty)
    {
        RawClient client = host.Connect(pretty);
        await client.SendAsync(input);
        client.EndInput();
        return await client.ReadToEndAsync();
    }
}
