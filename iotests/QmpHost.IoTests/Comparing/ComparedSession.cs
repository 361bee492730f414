using System.Text.Json;
using System.Text.Json.Nodes;
using QmpHost.Sessions;
using QmpHost.Testing.Support;

namespace QmpHost.IoTests.Comparing;

/// <summary>
/// One random session on two hosts, in lockstep: each command goes to both, and the next one when nothing moves any more.
/// It ends where one of them succeeds and the other fails, since nothing later could be compared.
/// </summary>
internal sealed class ComparedSession(CompareOptions options, int seed, SessionImages images, CompareReport report)
{
    private static readonly string[][] SystemStarts =
    [
        [],
        ["-machine", "q35", "-device", "virtio-scsi-pci,id=scsi0"],
        ["-machine", "pc", "-blockdev", "driver=qcow2,node-name=n0,file.driver=file,file.filename=$DIR/top.qcow2", "-device", "virtio-scsi-pci,id=scsi0", "-device", "scsi-hd,id=d0,drive=n0,bus=scsi0.0"],
        ["-machine", "q35", "-object", "iothread,id=io0", "-blockdev", "driver=qcow2,node-name=n0,file.driver=file,file.filename=$DIR/base.qcow2", "-device", "virtio-blk-pci,id=d0,drive=n0"],
    ];

    private static readonly string[][] DaemonStarts =
    [
        [],
        ["--blockdev", "driver=qcow2,node-name=n0,file.driver=file,file.filename=$DIR/top.qcow2,file.node-name=p0"],
        ["--blockdev", "driver=file,node-name=p0,filename=$DIR/disk.raw", "--blockdev", "driver=raw,node-name=n0,file=p0", "--nbd-server", "addr.type=unix,addr.path=$DIR/sock9", "--export", "type=nbd,id=e0,node-name=n0"],
    ];

    private readonly Random _random = new(seed);
    private readonly KnownNames _names = new();
    private readonly List<string> _requests = [];

    private string Title => $"== seed {seed}, {(options.ProgramOf(seed) == SessionProgram.System ? "system" : "storage-daemon")}, command {_requests.Count}";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        SessionProgram program = options.ProgramOf(seed);
        string[][] starts = program == SessionProgram.System ? SystemStarts : DaemonStarts;
        string[] start = starts[_random.Next(starts.Length)];
        foreach (string name in new[] { "n0", "p0" }.Where(name => Array.Exists(start, a => a.Contains("node-name=" + name, StringComparison.Ordinal))))
        {
            _names.Nodes.Add(name);
        }

        Environment.CurrentDirectory = Path.GetTempPath();
        await using var oracle = new ComparedHost(images);
        await using var own = new ComparedHost(images);
        await oracle.StartAsync(options.Oracle, program, start);

        // Relative names mean a host's own directory; one in this process takes them from the process.
        Environment.CurrentDirectory = own.Directory;
        await own.StartAsync(options.Own, program, start);
        var commands = new RandomCommands(await SchemaAsync(own), new ArgumentHints(_random, _names, images), _random, options.Only);
        bool goesOn = true;
        for (int i = 0; i < options.Length && goesOn && !cancellationToken.IsCancellationRequested; i++)
        {
            goesOn = await StepAsync(commands, oracle, own);
        }

        await SaveAsync(start);
    }

    private static async Task<WireSchema> SchemaAsync(ComparedHost host) =>
        await host.AskAsync("{\"execute\": \"query-qmp-schema\"}") is { } list ? new WireSchema(list) : throw new SessionException("no schema");

    private async Task<bool> StepAsync(RandomCommands commands, ComparedHost oracle, ComparedHost own)
    {
        (string command, JsonObject arguments, bool spoilt) = commands.Next();
        string request = new JsonObject { ["execute"] = command, ["arguments"] = arguments }.ToJsonString(Notation);
        _requests.Add(request);
        string[] replies = await BothAsync(oracle, own, host => host.ExecuteAsync(request));
        if (oracle.Ending is not null || own.Ending is not null)
        {
            await EndAsync(command, request, oracle, own);
            return false;
        }

        await BothAsync(oracle, own, static async host =>
        {
            await host.SettleAsync();
            return string.Empty;
        });
        if (PlatformWords.FindIn(replies[1]) is { } words)
        {
            report.Count("(words of the platform)", equal: false);
            await report.ShowAsync(Title, request, string.Empty, words);
        }

        bool equal = replies[0] == replies[1];
        report.Count(command, equal);
        if (!equal)
        {
            await report.ShowAsync(Title + (spoilt ? " (spoilt)" : string.Empty), request, replies[0], replies[1]);
        }

        await CompareEventsAsync(request, oracle, own);
        if (Succeeded(replies[0]))
        {
            _names.Learn(command, arguments);
        }

        return Succeeded(replies[0]) == Succeeded(replies[1]);
    }

    // An event that is still under way comes before the reply to another command.
    private async Task CompareEventsAsync(string request, ComparedHost oracle, ComparedHost own)
    {
        const int Attempts = 50;
        for (int i = 0; i < Attempts && oracle.EventCount != own.EventCount; i++)
        {
            await Task.Delay(2);
            await BothAsync(oracle, own, static async host => (await host.AskAsync("{\"execute\": \"query-version\"}"))?.ToString());
        }

        string left = string.Join("\n        ", oracle.TakeEvents(int.MaxValue));
        string right = string.Join("\n        ", own.TakeEvents(int.MaxValue));
        if (left.Length + right.Length > 0)
        {
            report.Count("(events)", left == right);
        }

        if (left != right)
        {
            await report.ShowAsync(Title + ", events", request, left, right);
        }
    }

    private async Task EndAsync(string command, string request, ComparedHost oracle, ComparedHost own)
    {
        if (own.Ending is not null && oracle.Ending is null)
        {
            report.Count(command, equal: false);
        }

        await report.EndingAsync($"{Title}: QEMU {oracle.Ending ?? "goes on"}; own {own.Ending ?? "goes on"}\n  -> {request}");
    }

    // As a session's text, so that what was found can be cut down and recorded.
    private async Task SaveAsync(string[] start)
    {
        if (options.SaveFolder is not { } folder)
        {
            return;
        }

        Directory.CreateDirectory(folder);
        string arguments = string.Join(' ', start.Select(static a => a.Contains(' ', StringComparison.Ordinal) ? $"'{a}'" : a));
        await File.WriteAllLinesAsync(
            Path.Combine(folder, $"seed-{seed}.session"),
            ["@start " + arguments, "{\"execute\": \"qmp_capabilities\"}", .. _requests]);
    }

    private static async Task<string[]> BothAsync(ComparedHost oracle, ComparedHost own, Func<ComparedHost, Task<string?>> ask)
    {
        Task<string?> left = ask(oracle);
        Task<string?> right = ask(own);
        return [await left ?? string.Empty, await right ?? string.Empty];
    }

    private static bool Succeeded(string reply) => reply.StartsWith("{\"return\"", StringComparison.Ordinal);

    private static readonly JsonSerializerOptions Notation = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
