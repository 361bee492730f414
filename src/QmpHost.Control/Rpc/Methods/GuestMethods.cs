using System.Text.Json.Nodes;
using QmpHost.Control.Hosts;

namespace QmpHost.Control.Rpc.Methods;

/// <summary>What a guest does with its disks.</summary>
internal static class GuestMethods
{
    private const int LongestRead = 16 * 1024 * 1024;

    private static readonly ControlParameter Disk = new("disk", "string", "The name of a device or node.", IsRequired: true);

    private static readonly ControlParameter Offset = new("offset", "integer", "Start in bytes; 0 by default.");

    private static readonly ControlParameter Bytes = new("bytes", "integer", "Length in bytes; up to the end of the disk by default.");

    public static IReadOnlyList<ControlMethod> All { get; } =
    [
        new("guest.plug", "Plugs a guest into a disk, above which jobs then put their filters. The other methods do so where it was not done.",
            [ControlParameter.Host, Disk], "The disk's length in bytes.", static async call => await (await GuestAsync(call)).LengthAsync()),
        new("guest.unplug", "Unplugs it.", [ControlParameter.Host, Disk], "Nothing.", static async call =>
            await call.Host.UnplugAsync(call.Text("disk")) ? null : throw ControlException.Refuse($"No guest is plugged into '{call.Text("disk")}'.")),
        new("guest.read", "Reads.", [ControlParameter.Host, Disk, Offset, Bytes], "The data in base 64.", static async call =>
        {
            (GuestDisk disk, long offset, long bytes) = await AreaAsync(call);
            return bytes <= LongestRead
                ? Convert.ToBase64String(await disk.ReadAsync(offset, (int)bytes))
                : throw ControlException.Wrong($"No more than {LongestRead} bytes are read at once.");
        }),
        new("guest.write", "Writes.", [ControlParameter.Host, Disk, Offset, new("data", "string", "The data in base 64.", IsRequired: true)], "Nothing.", static async call =>
        {
            await (await GuestAsync(call)).WriteAsync(call.OptionalInteger("offset") ?? 0, Decode(call.Text("data")));
            return null;
        }),
        new("guest.fill", "Fills an area with a byte.", [ControlParameter.Host, Disk, Offset, Bytes, new("value", "integer", "The byte; 0 by default.")], "Nothing.", static async call =>
        {
            (GuestDisk disk, long offset, long bytes) = await AreaAsync(call);
            await disk.FillAsync(offset, bytes, (byte)(call.OptionalInteger("value") ?? 0));
            return null;
        }),
        new("guest.zero", "Makes an area read as zeroes.", [ControlParameter.Host, Disk, Offset, Bytes], "Nothing.", static async call =>
        {
            (GuestDisk disk, long offset, long bytes) = await AreaAsync(call);
            await disk.ZeroAsync(offset, bytes);
            return null;
        }),
        new("guest.discard", "Drops the contents of an area.", [ControlParameter.Host, Disk, Offset, Bytes], "Nothing.", static async call =>
        {
            (GuestDisk disk, long offset, long bytes) = await AreaAsync(call);
            await disk.DiscardAsync(offset, bytes);
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

    private static async Task<(GuestDisk Disk, long Offset, long Bytes)> AreaAsync(ControlCall call)
    {
        GuestDisk disk = await GuestAsync(call);
        long offset = call.OptionalInteger("offset") ?? 0;
        long bytes = call.OptionalInteger("bytes") ?? (await disk.LengthAsync() - offset);
        return offset >= 0 && bytes >= 0 ? (disk, offset, bytes) : throw ControlException.Wrong("The area is outside of the disk.");
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
