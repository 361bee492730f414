using System.Globalization;
using System.Runtime.InteropServices;
using QmpHost.Net;

namespace QmpHost.Exports.Fuse;

/// <summary>A file system that is mounted over a regular file.</summary>
/// <remarks>Its methods wait for the system: they are no work for a host's loop.</remarks>
internal sealed partial class FuseMount
{
    private const nuint NoSetUserIdNoDevices = 2 | 4;
    private const int Detach = 2;
    private const int MostRead = 64 * 1024 * 1024;

    private readonly string _path;
    private readonly bool _byHelper;

    private FuseMount(FuseDevice device, string path, bool byHelper)
    {
        Device = device;
        _path = path;
        _byHelper = byHelper;
    }

    /// <summary>The device through which it is asked.</summary>
    public FuseDevice Device { get; }

    /// <summary>Mounts. Who may not is helped by the system's program for this.</summary>
    /// <param name="path">The regular file.</param>
    /// <param name="allowOther">Whether other users may use it.</param>
    /// <param name="report">Told of what fails.</param>
    /// <returns>The mount, or null.</returns>
    public static FuseMount? TryMount(string path, bool allowOther, Action<string> report)
    {
        string fullPath = Path.GetFullPath(path);
        string options = "default_permissions" + (allowOther ? ",allow_other" : "");
        FuseDevice? device = FuseDevice.TryOpen(out int error);
        if (device is null)
        {
            report($"fuse: failed to open /dev/fuse: {SystemErrors.Describe(error)}");
            return null;
        }

        string own = string.Create(
            CultureInfo.InvariantCulture,
            $"fd={device.Descriptor},rootmode=100000,user_id={GetUserId()},group_id={GetGroupId()},{options},max_read={MostRead}");
        if (Mount("/dev/fuse", fullPath, "fuse", NoSetUserIdNoDevices, own) == 0)
        {
            return new FuseMount(device, fullPath, byHelper: false);
        }

        error = Marshal.GetLastPInvokeError();
        device.Dispose();
        const int notPermitted = 1;
        if (error != notPermitted)
        {
            report($"fuse: mount failed: {SystemErrors.Describe(error)}");
            return null;
        }

        device = FuseHelper.TryMount(fullPath, $"rw,nosuid,nodev,{options},max_read={MostRead.ToString(CultureInfo.InvariantCulture)}", report);
        return device is null ? null : new FuseMount(device, fullPath, byHelper: true);
    }

    /// <summary>Takes the file system away, from under those who still have it open, too.</summary>
    public void Unmount()
    {
        Device.Dispose();
        if (!_byHelper)
        {
            _ = Unmount(_path, Detach);
        }
        else
        {
            FuseHelper.Unmount(_path);
        }
    }

    /// <summary>The user of this process.</summary>
    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint GetUserId();

    /// <summary>The group of this process.</summary>
    [LibraryImport("libc", EntryPoint = "getegid")]
    public static partial uint GetGroupId();

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string source, string target, string type, nuint flags, string data);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unmount(string target, int flags);
}
