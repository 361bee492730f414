using System.Security.Cryptography;
using System.Text.Json.Nodes;
using QmpHost.Hosting.Guests;

namespace QmpHost.Control.Rpc.Methods;

/// <summary>What a guest does with its disks.</summary>
internal static class GuestMethods
{
    private const int HashedPiece = 1 << 20;

    private static readonly ControlParameter Disk = new("disk", "string", "The name of a device or node.", IsRequired: true);

    public static IReadOnlyList<ControlMethod> All { get; } =
    [
        new("guest.plug", "Plugs a guest into a disk, above which jobs then put their filters. The other methods do so where it was not done.",
            [ControlParameter.Host, Disk], "The disk's length in bytes.", static async call => (await DiskAsync(call)).Length),
        new("guest.unplug", "Unplugs it.", [ControlParameter.Host, Disk], "Nothing.", static async call =>
            await call.Host.UnplugAsync(call.Text("disk")) ? null : throw ControlException.Refuse($"No guest is plugged into '{call.Text("disk")}'.")),
        new("guest.read", "Reads.", [ControlParameter.Host, Disk, DiskArea.OffsetParameter, DiskArea.BytesParameter], "The data in base 64.", static async call =>
        {
            (GuestDisk disk, DiskArea area) = await AreaAsync(call);
            return Convert.ToBase64String(await disk.ReadAsync(area.Offset, area.ReadLength));
        }),
        new("guest.write", "Writes.", [ControlParameter.Host, Disk, DiskArea.OffsetParameter, new("data", "string", "The data in base 64.", IsRequired: true)], "Nothing.", static async call =>
        {
            await (await DiskAsync(call)).WriteAsync(call.OptionalInteger("offset") ?? 0, Decode(call.Text("data")));
            return null;
        }),
        new("guest.fill", "Fills an area with a byte.", [ControlParameter.Host, Disk, DiskArea.OffsetParameter, DiskArea.BytesParameter, new("value", "integer", "The byte; 0 by default.")], "Nothing.", static async call =>
        {
            (GuestDisk disk, DiskArea area) = await AreaAsync(call);
            await disk.FillAsync(area.Offset, area.Bytes, Value(call));
            return null;
        }),
        new("guest.zero", "Makes an area read as zeroes.", [ControlParameter.Host, Disk, DiskArea.OffsetParameter, DiskArea.BytesParameter], "Nothing.", static async call =>
        {
            (GuestDisk disk, DiskArea area) = await AreaAsync(call);
            await disk.WriteZeroesAsync(area.Offset, area.Bytes);
            return null;
        }),
        new("guest.discard", "Drops the contents of an area.", [ControlParameter.Host, Disk, DiskArea.OffsetParameter, DiskArea.BytesParameter], "Nothing.", static async call =>
        {
            (GuestDisk disk, DiskArea area) = await AreaAsync(call);
            await disk.DiscardAsync(area.Offset, area.Bytes);
            return null;
        }),
        new("guest.flush", "Makes everything written stable.", [ControlParameter.Host, Disk], "Nothing.", static async call =>
        {
            await (await DiskAsync(call)).FlushAsync();
            return null;
        }),
        new("guest.hash", "Reads the whole disk.", [ControlParameter.Host, Disk], "The SHA-256 of its contents.", static async call => await HashAsync(await DiskAsync(call))),
        new("guest.start", "Has the guest work by itself on the host's clock, the same way each time. Its latest workload is meant by the methods below.",
            [ControlParameter.Host, Disk, new("workload", "workload", "What it does.")], "How far it is.", static async call =>
            Describe((await call.Host.GuestAsync(call.Text("disk"))).Start(call.Object("workload") is { } workload ? Shapes.Workload.Read(workload) : new GuestWorkload()))),
        new("guest.progress", "Tells how far the guest's workload is.", [ControlParameter.Host, Disk], "How far it is.", static async call =>
            Describe(await WorkAsync(call))),
        new("guest.wait", "Waits until the guest's workload has come to its end.",
            [ControlParameter.Host, Disk, ControlParameter.Timeout], "How far it came.", static async call =>
            {
                GuestActivity activity = await WorkAsync(call);
                await activity.Completion.WaitAsync(call.Patience, call.CancellationToken);
                return Describe(activity);
            }),
        new("guest.stop", "Stops the guest's workload after the request that is under way.", [ControlParameter.Host, Disk], "How far it came.", static async call =>
        {
            GuestActivity activity = await WorkAsync(call);
            await activity.DisposeAsync();
            return Describe(activity);
        }),
    ];

    private static JsonObject Describe(GuestActivity activity) => new()
    {
        ["running"] = !activity.Completion.IsCompleted,
        ["requests"] = activity.Requests,
        ["bytesWritten"] = activity.BytesWritten,
        ["error"] = activity.Completion.Exception?.GetBaseException().Message,
    };

    private static async Task<GuestDisk> DiskAsync(ControlCall call) => (await call.Host.GuestAsync(call.Text("disk"))).Disk;

    private static async Task<GuestActivity> WorkAsync(ControlCall call) => (await call.Host.GuestAsync(call.Text("disk"))).WorkNow();

    private static byte Value(ControlCall call) => call.OptionalInteger("value") switch
    {
        null => 0,
        >= byte.MinValue and <= byte.MaxValue and var value => (byte)value,
        _ => throw ControlException.Wrong("Parameter 'value' is to be a byte."),
    };

    private static async Task<string> HashAsync(GuestDisk disk)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long length = disk.Length;
        for (long offset = 0; offset < length; offset += HashedPiece)
        {
            hash.AppendData(await disk.ReadAsync(offset, (int)Math.Min(HashedPiece, length - offset)));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static async Task<(GuestDisk Disk, DiskArea Area)> AreaAsync(ControlCall call)
    {
        GuestDisk disk = await DiskAsync(call);
        return (disk, DiskArea.Read(call, disk.Length));
    }

    private static byte[] Decode(string text)
    {
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            throw ControlException.Wrong("Parameter 'data' is to be in base 64.");
        }
    }
}
