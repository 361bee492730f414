using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using QmpHost.Nbd.Tests.Wire;
using QmpHost.Testing.Support;

namespace QmpHost.Nbd.Tests.Support;

/// <summary>The oracle's qemu-storage-daemon, serving what a wire script wants.</summary>
internal sealed class OracleDaemon : IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private Process? _process;

    private string SocketPath => _folder.File("oracle.sock");

    /// <param name="setup">What is served.</param>
    /// <param name="programs">The folder of the release's programs, or null for those that are installed.</param>
    public static async Task<OracleDaemon> StartAsync(WireSetup setup, string? programs = null)
    {
        string folder = Environment.GetEnvironmentVariable("QMPHOST_ORACLES") ?? "/var/tmp/qmphost-oracles";
        string daemon = programs is null ? "qemu-storage-daemon" : Path.Combine(folder, programs, "bin", "qemu-storage-daemon");
        Tool.Require(daemon, "qemu-img", "qemu-io");
        var oracle = new OracleDaemon();
        List<string> arguments = [];
        foreach (WireDisk disk in setup.Disks.Values)
        {
            arguments.AddRange(await oracle.CreateAsync(disk, setup.Exports.Find(export => export.Disk == disk)!));
        }

        arguments.AddRange(["--nbd-server", $"addr.type=unix,addr.path={oracle.SocketPath}"]);
        foreach (WireExport export in setup.Exports)
        {
            arguments.AddRange(["--export", Describe(export, arguments.Count).ToJsonString()]);
        }

        arguments.AddRange(["--chardev", "stdio,id=c", "--monitor", "chardev=c"]);
        oracle._process = Tool.Start(daemon, [.. arguments]);
        string? greeting = await oracle._process.StandardOutput.ReadLineAsync();
        if (greeting is null)
        {
            Assert.Fail($"the oracle does not start: {await oracle._process.StandardError.ReadToEndAsync()}");
        }

        return oracle;
    }

    public async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath));
        return socket;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        _folder.Dispose();
    }

    private static JsonObject Describe(WireExport export, int number)
    {
        var options = new JsonObject
        {
            ["type"] = "nbd",
            ["id"] = $"export{number}",
            ["node-name"] = export.Disk.Name,
            ["name"] = export.Name,
            ["writable"] = export.Writable,
            ["allocation-depth"] = export.AllocationDepth,
        };
        if (export.Description is not null)
        {
            options["description"] = export.Description;
        }

        if (export.Bitmaps.Count > 0)
        {
            options["bitmaps"] = new JsonArray([.. export.Bitmaps.Select(static bitmap => (JsonNode)bitmap.Name)]);
        }

        return options;
    }

    private async Task<string[]> CreateAsync(WireDisk disk, WireExport export)
    {
        if (!disk.IsNull && disk.Failures.Count == 0)
        {
            return ["--blockdev", $"qcow2,node-name={disk.Name},file.driver=file,file.filename={await CreateImageAsync(disk, export)}"];
        }

        string lower = $"null-co,node-name={disk.Name}-null,size={disk.Size},read-zeroes=on";
        var errors = new JsonArray();
        foreach ((string kind, Block.Core.Errno errno) in disk.Failures)
        {
            errors.Add(new JsonObject
            {
                ["event"] = "none",
                ["iotype"] = kind,
                ["errno"] = (int)errno,
                ["once"] = false,
                ["sector"] = kind == "flush" ? -1 : disk.Size / 2 / 512,
            });
        }

        var upper = new JsonObject { ["driver"] = "blkdebug", ["node-name"] = disk.Name, ["image"] = $"{disk.Name}-null" };
        if (errors.Count > 0)
        {
            upper["inject-error"] = errors;
        }

        if (disk.Alignment > 1)
        {
            upper["align"] = disk.Alignment;
        }

        if (disk.MaxTransfer > 0)
        {
            upper["max-transfer"] = disk.MaxTransfer;
        }

        return ["--blockdev", lower, "--blockdev", upper.ToJsonString()];
    }

    private async Task<string> CreateImageAsync(WireDisk disk, WireExport export)
    {
        string path = _folder.File($"{disk.Name}.qcow2");
        await Tool.RunAsync("qemu-img", "create", "-q", "-f", "qcow2", path, $"{disk.Size}");
        List<string> commands = [.. disk.Data.Select(static area => $"write -P 0x{area.Pattern:x} {area.Start} {area.Length}")];
        commands.AddRange(disk.Zero.Select(static area => $"write -z {area.Start} {area.Length}"));
        await RunIOAsync(path, commands);
        foreach ((string name, long start, long length) in export.Bitmaps)
        {
            // What is dirty is written again, with the bitmap there.
            await Tool.RunAsync("qemu-img", "bitmap", "--add", path, name);
            await RunIOAsync(path, [.. disk.Data.Where(area => area.Start >= start && area.Start < start + length)
                .Select(static area => $"write -P 0x{area.Pattern:x} {area.Start} {area.Length}")]);
            await Tool.RunAsync("qemu-img", "bitmap", "--disable", path, name);
        }

        return path;
    }

    private static async Task RunIOAsync(string path, List<string> commands)
    {
        if (commands.Count > 0)
        {
            await Tool.RunAsync("qemu-io", ["-f", "qcow2", .. commands.SelectMany(static command => new[] { "-c", command }), path]);
        }
    }
}
