using System.Text.Json.Nodes;

namespace QmpHost.IoTests.Comparing;

/// <summary>Values that mean something to a member of a given name: names of what there is, files, sizes that are sizes.</summary>
internal sealed class ArgumentHints(Random random, KnownNames names, SessionImages images)
{
    private static readonly long[] Integers = [0, 1, 2, 7, 64, 511, 512, 4096, 65536, 1 << 20, -1, int.MaxValue, long.MaxValue];
    private static readonly long[] Sizes = [0, 512, 1000, 4096, 65536, 1 << 20, 4 << 20, (4 << 20) + 512];
    private static readonly long[] Powers = [512, 4096, 32768, 65536, 1 << 20, 2 << 20, 3000];
    // Known to one of the two programs only: formats and protocols that QmpHost answers for as a build without them (the README's
    // table says which), and modules that the distribution has in packages of their own.
    private static readonly string[] ForeignDrivers =
    [
        "bochs", "cloop", "dmg", "parallels", "qcow", "qed", "vvfat",
        "ftp", "ftps", "gluster", "http", "https", "iscsi", "nfs", "nvme", "rbd", "ssh",
    ];

    private static readonly string[] Drivers = ["qcow2", "qcow2", "qcow2", "raw", "raw", "raw", "file", "file", "null-co", "null-co", "throttle"];
    private static readonly string[] ObjectTypes = ["iothread", "throttle-group", "secret", "authz-simple", "authz-list"];

    /// <summary>A text for a member of this name; <paramref name="command"/> decides whether a name is to be new.</summary>
    public string Text(string command, string member, JsonObject inside)
    {
        switch (member)
        {
            case "node-name" when command == "blockdev-add":
                return "n" + Number(12);
            case "filter-node-name" or "snapshot-node-name":
                return "f" + Number(4);
            case "node-name" or "node" or "device" or "target" or "base-node" or "top-node" or "overlay" or "replaces" or "parent" or "child" or "backing":
                return Chance(0.9) ? Of(names.Nodes, "missing") : member == "device" ? Of(names.Jobs, "j0") : "nothing";
            case "job-id":
                return "j" + Number(5);
            case "id":
                return Id(command);
            case "name" when command == "block-export-add" || command == "nbd-server-add":
                return Chance(0.9) ? "export" + Number(3) : string.Empty;
            case "name" or "bitmap":
                return Chance(0.6) ? Of(names.Bitmaps, "b0") : "b" + Number(3);
            case "filename":
                return "$DIR/" + (Chance(0.93) ? images.Images[random.Next(images.Images.Count)].Name : "missing.img");
            case "path":
                return command is "qom-list" or "qom-get" or "qom-set" ? QomPath() : "$DIR/sock" + Number(2);
            case "host":
                return "127.0.0.1";
            case "port":
                return "0";
            case "iothread":
                return Of(names.Objects, "io0");
            case "throttle-group" or "secret" or "key-secret" or "keyid" or "tls-creds" or "tls-authz":
                return Of(names.Objects, "missing");
            case "snapshot-file":
                return "$DIR/snap" + Number(3) + ".qcow2";
            case "format" or "backing-fmt":
                return Drivers[random.Next(Drivers.Length)];
            case "property":
                return Number(2) == 0 ? "type" : "poll-max-ns";
            case "data":
                return "letmein";
            default:
                return inside.Count % 2 == 0 ? "text" : string.Empty;
        }
    }

    public JsonNode Integer(string member) => member switch
    {
        "granularity" or "cluster-size" or "buf-size" or "block-size" => Powers[random.Next(Powers.Length)],
        "size" or "offset" or "len" or "write-threshold" => Sizes[random.Next(Sizes.Length)],
        "speed" => Chance(0.8) ? 0 : 1L << 40,
        _ => Integers[random.Next(Integers.Length)],
    };

    /// <summary>The value of an enum or of a union's tag.</summary>
    public string Value(string member, IReadOnlyList<string> values, string command)
    {
        string? wanted = member switch
        {
            "driver" when Chance(0.6) => Drivers[random.Next(Drivers.Length)],
            "qom-type" when Chance(0.6) => ObjectTypes[random.Next(ObjectTypes.Length)],
            "type" when command is "block-export-add" && Chance(0.9) => "nbd",
            "type" when command is "nbd-server-start" && Chance(0.9) => "unix",
            "sync" when Chance(0.5) => "full",
            _ => null,
        };
        if (member == "driver")
        {
            values = [.. values.Where(static value => !ForeignDrivers.Contains(value))];
        }

        return wanted is not null && values.Contains(wanted) ? wanted : values[random.Next(values.Count)];
    }

    /// <summary>A node's definition in place of a name, with the protocol below that a format wants.</summary>
    public JsonObject File(string? format)
    {
        var fitting = images.Images.Where(i => format is null || i.Format == format || Chance(0.05)).ToList();
        string name = fitting.Count > 0 ? fitting[random.Next(fitting.Count)].Name : "missing.img";
        var file = new JsonObject { ["driver"] = "file", ["filename"] = "$DIR/" + name };
        if (Chance(0.2))
        {
            file["node-name"] = "p" + Number(6);
        }

        return file;
    }

    public bool Chance(double probability) => random.NextDouble() < probability;

    public string Node() => Of(names.Nodes, "missing");

    private string Id(string command) => command switch
    {
        "block-export-add" => "e" + Number(3),
        "block-export-del" => Of(names.Exports, "e0"),
        "object-add" => Number(2) == 0 ? "io" + Number(2) : "o" + Number(4),
        "object-del" => Of(names.Objects, "o0"),
        "device_add" => "d" + Number(4),
        "device_del" => Of(names.Devices, "d0"),
        _ when command.Contains("job", StringComparison.Ordinal) => Of(names.Jobs, "j0"),
        _ => Of(names.Devices, "d0"),
    };

    private string QomPath() => Number(5) switch
    {
        0 => "/",
        1 => "/objects",
        2 => "/machine",
        3 => "/objects/" + Of(names.Objects, "o0"),
        _ => "/machine/peripheral/" + Of(names.Devices, "d0"),
    };

    private string Of(List<string> known, string otherwise) => known.Count > 0 && Chance(0.95) ? known[random.Next(known.Count)] : otherwise;

    private int Number(int below) => random.Next(below);
}
