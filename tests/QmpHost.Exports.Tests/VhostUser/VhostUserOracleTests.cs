using System.Diagnostics;
using QmpHost.Exports.Tests.Support;

namespace QmpHost.Exports.Tests.VhostUser;

/// <summary>An unmodified front end as the judge: the virtio-blk-vhost-user driver of QEMU 10.0.</summary>
[TestFixture]
[Category("Oracle")]
public class VhostUserOracleTests
{
    private static readonly string[] Commands =
    [
        "write -P 5 0 1M", "read -P 5 0 1M", "write -z 256k 128k", "read -P 0 256k 128k", "discard 0 64k",
        "aio_write -P 6 512k 256k", "aio_write -P 7 768k 4k", "aio_flush", "read -P 6 512k 256k", "read -P 7 768k 4k", "flush",
    ];

    [Test]
    public async Task QEMU_finds_what_it_has_written()
    {
        string folder = Environment.GetEnvironmentVariable("QMPHOST_ORACLES") ?? "/var/tmp/qmphost-oracles";
        string program = Path.Combine(folder, "trixie", "bin", "qemu-io");
        if (!File.Exists(program))
        {
            Assert.Ignore($"there is no {program}");
        }

        await using var host = new TestHost();
        await host.ExportAsync("\"writable\": true, \"num-queues\": 2");
        string[] arguments = ["--image-opts", $"driver=virtio-blk-vhost-user,path={host.SocketPath},cache.direct=on"];
        var start = new ProcessStartInfo(program, [.. arguments, .. Commands.SelectMany(static command => new[] { "-c", command })])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        Assert.That((process.ExitCode, await errors), Is.EqualTo((0, "")), await output);
        Assert.That(await output, Does.Not.Contain("failed").And.Not.Contain("error"));
    }
}
