using System.Text.Json.Nodes;

namespace QmpHost.IoTests.Comparing;

/// <summary>The next command of a random session: weighted, with fitting arguments, now and then spoilt.</summary>
internal sealed class RandomCommands
{
    private const double SpoiltShare = 0.12;

    // What ends a session, lists what introspection tests compare, says the same each time, or needs a peer.
    private static readonly string[] LeftOut =
        ["quit", "qmp_capabilities", "query-qmp-schema", "query-commands", "query-version", "human-monitor-command", "system_powerdown", "migrate-recover", "rtc-reset-reinjection"];

    private static readonly Dictionary<string, int> Weights = new()
    {
        ["blockdev-add"] = 60,
        ["blockdev-del"] = 14,
        ["blockdev-backup"] = 10,
        ["blockdev-mirror"] = 10,
        ["blockdev-reopen"] = 8,
        ["blockdev-snapshot"] = 6,
        ["block-commit"] = 8,
        ["block-stream"] = 8,
        ["block-dirty-bitmap-add"] = 12,
        ["block-dirty-bitmap-merge"] = 6,
        ["block-export-add"] = 10,
        ["block-export-del"] = 5,
        ["nbd-server-start"] = 6,
        ["object-add"] = 10,
        ["transaction"] = 12,
        ["query-block-jobs"] = 5,
        ["query-jobs"] = 5,
        ["query-named-block-nodes"] = 8,
        ["query-block"] = 6,
        ["query-blockstats"] = 6,
        ["query-block-exports"] = 4,
        ["device_add"] = 10,
        ["job-dismiss"] = 6,
        ["job-finalize"] = 5,
        ["job-complete"] = 5,
        ["block_resize"] = 5,
    };

    private static readonly string[] Monitored = ["info block", "info block -v", "info block -n", "info blockstats", "info block-jobs", "info jobs", "info status", "info version"];

    private readonly string[] _choices;
    private readonly RandomArguments _arguments;
    private readonly ArgumentHints _hints;
    private readonly Random _random;

    public RandomCommands(WireSchema schema, ArgumentHints hints, Random random, IReadOnlyCollection<string> only)
    {
        _random = random;
        _hints = hints;
        _arguments = new RandomArguments(schema, hints, random);
        _choices = [.. schema.Commands
            .Where(c => only.Count == 0 ? !LeftOut.Contains(c) || c == "human-monitor-command" : only.Contains(c))
            .SelectMany(c => Enumerable.Repeat(c, Weights.GetValueOrDefault(c, 2)))];
    }

    public (string Command, JsonObject Arguments, bool IsSpoilt) Next()
    {
        string command = _choices[_random.Next(_choices.Length)];
        JsonObject arguments = command switch
        {
            "human-monitor-command" => new JsonObject { ["command-line"] = Monitored[_random.Next(Monitored.Length)] },
            "device_add" => Device(),
            _ => _arguments.For(command),
        };
        bool spoilt = _random.NextDouble() < SpoiltShare;
        if (spoilt)
        {
            Spoiling.Spoil(arguments, _random);
        }

        return (command, arguments, spoilt);
    }

    // The schema leaves the arguments of this command open.
    private JsonObject Device()
    {
        string[] models = ["scsi-hd", "scsi-cd", "virtio-blk-pci", "virtio-blk", "virtio-scsi-pci"];
        var device = new JsonObject { ["driver"] = models[_random.Next(models.Length)], ["id"] = _hints.Text("device_add", "id", []) };
        if (_random.Next(10) > 1)
        {
            device["drive"] = _hints.Node();
        }

        if (device["driver"]!.GetValue<string>().StartsWith("scsi", StringComparison.Ordinal) && _random.Next(10) > 2)
        {
            device["bus"] = "scsi0.0";
        }

        return device;
    }
}
