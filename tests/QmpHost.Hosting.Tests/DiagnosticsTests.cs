using Microsoft.Extensions.Logging;
using NUnit.Framework;
using QmpHost.Client;
using QmpHost.Hosting.Diagnostics;
using QmpHost.Qapi;

namespace QmpHost.Hosting.Tests;

public sealed class DiagnosticsTests
{
    [Test]
    public async Task What_a_trace_asks_for_is_written_and_nothing_else()
    {
        using var output = new StringWriter();
        using var trace = new TraceLoggerFactory(output);
        Assert.That(trace.TryEnable("qmp_*"), Is.True);
        Assert.That(trace.TryEnable("job_state"), Is.True);
        Assert.That(trace.TryEnable("no_such_event"), Is.False);
        await using (BlockHost host = await BlockHost.StartAsync(new BlockHostOptions { LoggerFactory = trace }))
        {
            await using QmpClient client = await host.ConnectAsync();
            await client.NegotiateAsync();
            await client.ExecuteAsync("query-status");
            Assert.ThrowsAsync<QmpException>(async () => await client.ExecuteAsync("no-such-command"));
        }

        string[] lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines, Has.Some.StartsWith("qmp_command query-status "));
        Assert.That(lines, Has.Some.StartsWith("qmp_error no-such-command ").And.EndsWith(": The command no-such-command has not been found"));
        Assert.That(lines, Has.None.StartsWith("qapi_event"));
    }

    [Test]
    public void A_host_without_a_logger_watches_nothing()
        => Assert.That(new HostDiagnostics(Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance).IsWatching, Is.False);

    [Test]
    public void Every_message_can_be_asked_for()
    {
        using var output = new StringWriter();
        using var trace = new TraceLoggerFactory(output);
        foreach (string name in TraceEvents.Names)
        {
            Assert.That(trace.TryEnable(name), Is.True);
            trace.CreateLogger("x").Log(LogLevel.Debug, new EventId(1, name), "text", null, static (text, _) => text);
        }

        Assert.That(output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries), Is.EqualTo(TraceEvents.Names.Select(static name => name + " text")));
    }
}
