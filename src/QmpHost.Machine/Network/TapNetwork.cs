using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using QmpHost.Qapi;
using QmpHost.Qapi.Files;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Network;

/// <summary>
/// Interfaces of the computer that were opened by whoever started the machine, and handed over as descriptors. They are kept, and
/// nothing is sent. To make interfaces, and to have the kernel move the packets, is for builds that have a guest.
/// </summary>
internal sealed partial class TapNetwork : IDisposable
{
    private const nuint GetInterface = 0x800454D2;
    private const int InterfaceRequest = 40;
    private const int BadDescriptor = 9;

    private readonly List<SafeFileHandle> _queues = [];

    private TapNetwork()
    {
    }

    /// <summary>What listings say of each queue.</summary>
    public IEnumerable<string> Descriptions => _queues.Select(static queue => string.Create(CultureInfo.InvariantCulture, $"fd={queue.DangerousGetHandle()}"));

    /// <summary>Takes the descriptors.</summary>
    /// <param name="id">The backend's id.</param>
    /// <param name="options">What it is.</param>
    /// <param name="descriptors">What the client has passed, or null where there is no client.</param>
    /// <param name="profile">The release that the host behaves like.</param>
    /// <exception cref="QmpException">Options exclude each other, or something is no interface.</exception>
    public static TapNetwork Open(string id, NetdevTapOptions options, NamedDescriptors? descriptors, VersionProfile profile)
    {
        CheckExclusions(options, profile);
        if (options.Fd is null && options.Fds is null)
        {
            throw new QmpException("network backend 'tap' is not compiled into this binary");
        }

        QmpException.ThrowIf(options.Vhost == true || options.Vhostforce == true, "vhost-net requested but could not be initialized");
        var made = new TapNetwork();
        try
        {
            foreach (string name in options.Fds?.Split(':') ?? [options.Fd!])
            {
                made._queues.Add(Find(id, name, descriptors));
            }

            return made;
        }
        catch (QmpException)
        {
            made.Dispose();
            throw;
        }
    }

    /// <summary>Closes the descriptors.</summary>
    public void Dispose()
    {
        foreach (SafeFileHandle queue in _queues)
        {
            queue.Dispose();
        }
    }

    private static void CheckExclusions(NetdevTapOptions options, VersionProfile profile)
    {
        bool hasPlace = options.Ifname is not null || options.Script is not null || options.Downscript is not null || options.VnetHdr is not null;
        if (profile.Has(Behaviour.TapsShareChecks))
        {
            int ways = (options.Queues is null ? 0 : 1) + new[] { options.Helper, options.Fds, options.Fd }.Count(static way => way is not null);
            QmpException.ThrowIf(ways > 1, "queues=, helper=, fds= and fd= are mutual exclusive");
            QmpException.ThrowIf(
                hasPlace && (options.Fd ?? options.Fds ?? options.Helper) is not null,
                "ifname=, script=, downscript=, vnet_hdr= are invalid with fd=/fds=/helper=");
            return;
        }

        if (options.Fd is not null)
        {
            QmpException.ThrowIf(
                hasPlace || (options.Helper ?? options.Fds ?? options.Vhostfds) is not null || options.Queues is not null,
                "ifname=, script=, downscript=, vnet_hdr=, helper=, queues=, fds=, and vhostfds= are invalid with fd=");
        }
        else if (options.Fds is not null)
        {
            QmpException.ThrowIf(
                hasPlace || (options.Helper ?? options.Vhostfd) is not null || options.Queues is not null,
                "ifname=, script=, downscript=, vnet_hdr=, helper=, queues=, and vhostfd= are invalid with fds=");
            QmpException.ThrowIf(
                options.Vhostfds is { } others && others.Split(':').Length != options.Fds.Split(':').Length,
                "The number of fds passed does not match the number of vhostfds passed");
        }
        else if (options.Helper is not null)
        {
            QmpException.ThrowIf(
                hasPlace || options.Vhostfds is not null || options.Queues is not null,
                "ifname=, script=, downscript=, vnet_hdr=, queues=, and vhostfds= are invalid with helper=");
        }
        else
        {
            QmpException.ThrowIf(options.Vhostfds is not null, "vhostfds= is invalid if fds= wasn't specified");
        }
    }

    // A number is a descriptor that the program was started with.
    private static SafeFileHandle Find(string id, string name, NamedDescriptors? descriptors)
    {
        SafeFileHandle handle;
        if (name.Length > 0 && char.IsAsciiDigit(name[0]))
        {
            handle = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                ? new SafeFileHandle(number, ownsHandle: number > 2)
                : throw new QmpException($"Invalid file descriptor number '{name}'");
        }
        else
        {
            handle = descriptors?.Take(name) ?? throw new QmpException($"File descriptor named '{name}' has not been found");
        }

        if (!IsInterface(handle, out int error))
        {
            string shown = handle.DangerousGetHandle().ToString(CultureInfo.InvariantCulture);
            bool isOpen = error != BadDescriptor;
            handle.SetHandleAsInvalid();
            throw new QmpException(isOpen
                ? $"Unable to query TUNGETIFF on FD {shown}: {SystemFile.Describe(error)}"
                : $"{id}: Can't use file descriptor {shown}: {SystemFile.Describe(error)}");
        }

        return handle;
    }

    private static unsafe bool IsInterface(SafeFileHandle handle, out int error)
    {
        byte* request = stackalloc byte[InterfaceRequest];
        bool isOne = Control(handle, GetInterface, request) == 0;
        error = isOne ? 0 : Marshal.GetLastPInvokeError();
        return isOne;
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static unsafe partial int Control(SafeFileHandle file, nuint request, byte* argument);
}
