using System.Text.Json.Nodes;
using QmpHost.Control.Hosts;

namespace QmpHost.Control.Rpc.Methods;

/// <summary>What a guest does with its disks.</summary>
internal static class GuestMethods
{
    private static readonly ControlParameter Disk = new("disk", "string", "The name of a device or node.", IsRequired: true);

    public static IReadOnlyList<ControlMethod> All { get; } =
    [
        new("guest.plug", "Plugs a guest into a disk, above which jobs then put their filters. The other methods do so where it was not done.",
            [ControlParameter.Host, Disk], "The disk's length in bytes.", static async call => await (await GuestAsync(call)).LengthAsync()),
        new("guest.unplug", "Unplugs it.", [ControlParameter.Host, Disk], "Nothing.", static async call =>
            await call.Host.UnplugAsync(call.Text("disk")) ? null : throw ControlException.Refuse($"No guest is plugged into '{call.Text("disk")}'.")),
        new("guest.read", "Reads.", [ControlParameter.Host, Disk, DiskArea.OffsetParameter, DiskArea.BytesParameter], "The data in base 64.", static async call =>
        {
            (GuestDisk disk, DiskArea area) = await AreaAsync(call);
            return Convert.ToBase64String(await disk.ReadAsync(area.Offset, area.ReadLength));
        }),
        new("guest.write", "Writes.", [ControlParameter.Host, Disk, DiskArea.OffsetParameter, new("data", "string", "The data in base 64.", IsRequired: true)], "Nothing.", static async call =>
        {
            await (await GuestAsync(call)).WriteAsync(call.OptionalInteger("offset") ?? 0, Decode(call.Text("data")));
            return null;
        }),
        new("guest.fill", "Fills an area with a byte.", [ControlParameter.Host, Disk, DiskArea.OffsetParameter, DiskArea.BytesParameter, new("value", "integer", "The byte; 0 by default.")], "Nothing.", static async call =>
        {
            (GuestDisk disk, DiskArea area) = await AreaAsync(call);
            await disk.FillAsync(area.Offset, area.Bytes, (byte)(call.OptionalInteger("value") ?? 0));
            return null;
        }),
        new("guest.zero", "Makes an area read as zeroes.", [ControlParameter.Host, Disk, DiskArea.OffsetParameter, DiskArea.BytesParameter], "Nothing.", static async call =>
        {
            (GuestDisk disk, DiskArea area) = await AreaAsync(call);
            await disk.ZeroAsync(area.Offset, area.Bytes);
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
            await (await GuestAsync(call)).FlushAsync();
            return null;
        }),
        new("guest.hash", "Reads the whole disk.", [ControlParameter.Host, Disk], "The SHA-256 of its contents.", static async call => await (await GuestAsync(call)).HashAsync()),
    ];

    private static Task<GuestDisk> GuestAsync(ControlCall call) => call.Host.GuestAsync(call.Text("disk"));

    private static async Task<(GuestDisk Disk, DiskArea Area)> AreaAsync(ControlCall call)
    {
        GuestDisk disk = await GuestAsync(call);
        return (disk, await DiskArea.ReadAsync(call, disk.LengthAsync));
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
