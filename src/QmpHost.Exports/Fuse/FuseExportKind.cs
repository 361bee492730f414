using System.Runtime.InteropServices;
using QmpHost.Block.Exports;
using QmpHost.Block.Graph;
using QmpHost.Block.Loop;
using QmpHost.Net;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Exports.Fuse;

/// <summary>Exports as files, by the kernel's file systems in user space.</summary>
/// <remarks>Used on the host's loop only, in main turns.</remarks>
/// <param name="exports">The host's exports.</param>
public sealed class FuseExportKind(ExportManager exports) : BlockExportKind
{
    /// <summary>Told of what the system refuses, for the host's user; without the program's name.</summary>
    public Action<string> Report { get; init; } = static _ => { };

    /// <inheritdoc/>
    public override BlockExportType Type => BlockExportType.Fuse;

    /// <inheritdoc/>
    public override string? SingleThreadedName => null;

    /// <inheritdoc/>
    public override async ValueTask<BlockExport> CreateAsync(BlockExportOptions options, BlockBackend backend)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(backend);
        var own = (BlockExportOptionsFuse)options.Branch!;
        bool isWritable = options.Writable == true;
        bool isGrowable = own.Growable == true;
        if (isWritable || isGrowable)
        {
            backend.SetPermissions(backend.Used | BlockPermissions.Resize, BlockPermissions.All);
        }

        await CheckPathAsync(own.Mountpoint);
        (FuseMount? mount, bool allowsOther) = await EventLoop.OffloadAsync(() => Mount(own.Mountpoint, own.AllowOther ?? FuseExportAllowOther.Auto));
        if (mount is null)
        {
            throw new QmpException("Failed to mount FUSE session to export");
        }

        var disk = new FuseDisk(backend) { IsWritable = isWritable, IsGrowable = isGrowable, AllowsOther = allowsOther };
        return new FuseExport(this, options.Id, disk, mount, own.Mountpoint);
    }

    private async ValueTask CheckPathAsync(string path)
    {
        if (exports.Exports.OfType<FuseExport>().Any(export => export.Path == path))
        {
            throw new QmpException($"There already is a FUSE export on '{path}'");
        }

        // The file may be another export of this very host, which answers on the loop.
        if (await EventLoop.OffloadAsync(() => FileKind.Find(path)) is var (kind, error) && error != 0)
        {
            throw new QmpException($"Failed to stat '{path}': {SystemErrors.Describe(error)}");
        }

        if (kind != FileKind.Regular)
        {
            throw new QmpException($"'{path}' is not a regular file");
        }
    }

    private (FuseMount? Mount, bool AllowsOther) Mount(string path, FuseExportAllowOther allowOther)
    {
        bool first = allowOther != FuseExportAllowOther.Off;
        FuseMount? mount = FuseMount.TryMount(path, first, Report);
        return mount is null && allowOther == FuseExportAllowOther.Auto
            ? (FuseMount.TryMount(path, allowOther: false, Report), false)
            : (mount, first);
    }
}
