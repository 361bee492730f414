using System.Text.Json.Nodes;
using QmpHost.Hosting.Disks;

namespace QmpHost.Control.Rpc.Methods;

/// <summary>Disks that a test gives its host, and what they hold.</summary>
internal static class DiskMethods
{
    private static readonly ControlParameter Node = new("node", "string", "The name of a node.", IsRequired: true);

    public static IReadOnlyList<ControlMethod> All { get; } =
    [
        new("disks.add", "Gives the host a disk: a format node, and a file node of the same name with \"-file\" behind it.",
            [
                ControlParameter.Host, new("node", "string", "The name of the format node.", IsRequired: true),
                new("size", "integer", "The length in bytes of a new disk, in memory or in a temporary file."),
                new("format", "string", "raw, which is the default, or qcow2."),
                new("temporary", "boolean", "Whether a new disk lies in a temporary file, which goes away with the host."),
                new("path", "string", "An image that is there and stays there, in place of a new disk."),
            ], "Nothing.", static async call =>
            {
                await call.Host.Host.Disks.AddAsync(call.Text("node"), Source(call));
                return null;
            }),
        new("disks.read", "Reads what a node holds now, whoever uses it.",
            [ControlParameter.Host, Node, DiskArea.OffsetParameter, DiskArea.BytesParameter],
            "The data in base 64.", static async call =>
            {
                DiskContent content = await call.Host.Host.Disks.SnapshotAsync(call.Text("node"));
                DiskArea area = DiskArea.Read(call, content.Length);
                return area.Offset <= content.Length - area.Bytes ? Convert.ToBase64String(content.Read(area.Offset, area.ReadLength)) : throw DiskArea.Outside;
            }),
        new("disks.compare", "Compares what two nodes hold now.",
            [ControlParameter.Host, Node, new("with", "string", "The name of the other node.", IsRequired: true)],
            "Where they differ, as pairs of start and length in bytes; the missing part of the shorter one counts as zeroes.", static async call =>
            {
                DiskContent one = await call.Host.Host.Disks.SnapshotAsync(call.Text("node"));
                DiskContent other = await call.Host.Host.Disks.SnapshotAsync(call.Text("with"));
                return new JsonArray([.. one.Differences(other).Select(static range => (JsonNode)new JsonArray(range.Offset, range.Length))]);
            }),
    ];

    private static DiskSource Source(ControlCall call)
    {
        string format = call.OptionalText("format") ?? "raw";
        bool temporary = call.Flag("temporary");
        return (call.OptionalText("path"), call.OptionalInteger("size")) switch
        {
            ({ } path, null) when !temporary => DiskSource.Image(path, format),
            (null, { } size) when size >= 0 => temporary ? DiskSource.TemporaryFile(size, format) : DiskSource.Memory(size, format),
            _ => throw ControlException.Wrong("One of 'size' and 'path' says what the disk is; only a new one is temporary."),
        };
    }
}
