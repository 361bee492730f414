using System.Net.Sockets;
using System.Text;
using Microsoft.Win32.SafeHandles;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.PosixFile;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Blkio;

/// <summary>
/// nvme-io_uring and the drivers of virtio disks: each looks for what it needs at its path and says why it is not there. None of
/// these devices can be driven by this host, so that what is there is refused, too.
/// </summary>
/// <param name="descriptor">The driver's table.</param>
/// <param name="connect">Looks at the path; throws where nothing fits.</param>
internal sealed class BlkioDeviceDriver(BlockDriverDescriptor descriptor, Action<string> connect) : BlockDriver
{
    private const int LongestSocketPath = 107;

    /// <summary>The driver "nvme-io_uring".</summary>
    public static BlockDriverDescriptor NvmeIoUring { get; } = MakeTable(BlockdevDriver.NvmeIoUring, ConnectNvme);

    /// <summary>The driver "virtio-blk-vfio-pci".</summary>
    public static BlockDriverDescriptor VirtioBlkVfioPci { get; } = MakeTable(BlockdevDriver.VirtioBlkVfioPci, ConnectVfio);

    /// <summary>The driver "virtio-blk-vhost-user".</summary>
    public static BlockDriverDescriptor VirtioBlkVhostUser { get; } = MakeTable(BlockdevDriver.VirtioBlkVhostUser, ConnectVhostUser);

    /// <summary>The driver "virtio-blk-vhost-vdpa".</summary>
    public static BlockDriverDescriptor VirtioBlkVhostVdpa { get; } = MakeTable(BlockdevDriver.VirtioBlkVhostVdpa, ConnectVdpa);

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => descriptor;

    /// <inheritdoc/>
    public override ValueTask OpenAsync(BlockOpenContext context)
    {
        if (!context.Direct)
        {
            throw new QmpException("cache.direct=off is not supported");
        }

        string path = PathOf(context.Options);
        if (path.Length == 0)
        {
            throw BlkioFailure.Of("One of path and fd must be set", Errno.EINVAL);
        }

        connect(path);
        throw BlkioFailure.Of("The device is not supported", Errno.ENOTSUP);
    }

    /// <inheritdoc/>
    public override ValueTask<long> GetLengthAsync() => throw new BlockIOException(Errno.EIO);

    /// <inheritdoc/>
    public override ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags) => throw new BlockIOException(Errno.EIO);

    private static BlockDriverDescriptor MakeTable(BlockdevDriver value, Action<string> connect) => new()
    {
        Name = value.ToWire(),
        SchemaValue = value,
        Make = table => new BlkioDeviceDriver(table, connect),
        IsProtocol = true,
        IsStrongOption = static option => option == "path",
    };

    private static string PathOf(BlockdevOptions options) => options.Branch switch
    {
        BlockdevOptionsNvmeIoUring nvme => nvme.Path,
        BlockdevOptionsVirtioBlkVfioPci vfio => vfio.Path,
        BlockdevOptionsVirtioBlkVhostUser user => user.Path,
        BlockdevOptionsVirtioBlkVhostVdpa vdpa => vdpa.Path,
        _ => "",
    };

    private static void ConnectNvme(string path)
    {
        if (!NativeFile.TryGetStatus(path, out FileStatus status))
        {
            throw BlkioFailure.OfSystem((int)Errno.ENOENT);
        }

        if (!status.IsDevice || status.IsBlockDevice)
        {
            throw BlkioFailure.Of("The file must be a character device", Errno.EINVAL);
        }

        const int noSuchCall = 25;
        throw BlkioFailure.Of($"Inappropriate ioctl for device (os error {noSuchCall}): Inappropriate ioctl for device");
    }

    private static void ConnectVfio(string path)
        => throw BlkioFailure.OfSystem((int)(System.IO.File.Exists(path) ? Errno.ENOTDIR : Errno.ENOENT));

    private static void ConnectVdpa(string path)
    {
        using SafeFileHandle? file = NativeFile.Open(path, NativeFile.OpenReadWrite, out _);
        throw BlkioFailure.Of(file is null ? "Failed to connect to vDPA device path" : "Failed to use to vDPA device fd", Errno.EIO);
    }

    private static void ConnectVhostUser(string path)
    {
        if (Encoding.UTF8.GetByteCount(path) > LongestSocketPath)
        {
            throw BlkioFailure.Of("path must be shorter than SUN_LEN", Errno.EIO);
        }

        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e)
        {
            // The platform has a number of its own for a path that leads nowhere.
            throw BlkioFailure.OfSystem(System.IO.Path.Exists(path) ? e.NativeErrorCode : (int)Errno.ENOENT);
        }
    }
}
