using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Filenames;
using QmpHost.Commands.Hosting;
using QmpHost.Machine.Devices;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.Media;

/// <summary>Trays and media of devices. Used on the host's event loop only.</summary>
/// <param name="host">The host.</param>
internal sealed class RemovableMedia(HostServices host)
{
    private BlockGraph Graph => host.Layer.Graph;

    /// <summary>eject: opens the tray and takes the medium out.</summary>
    /// <param name="drive">The drive.</param>
    /// <param name="force">Whether a tray that the guest has locked opens.</param>
    /// <exception cref="QmpException">The medium cannot be taken out.</exception>
    public async ValueTask EjectAsync(DriveReference drive, bool force)
    {
        BlockBackend backend = Find(drive);
        OpenTray(backend, drive, force);
        await RemoveAsync(backend, drive);
    }

    /// <summary>blockdev-open-tray.</summary>
    /// <param name="drive">The drive.</param>
    /// <param name="force">Whether a tray that the guest has locked opens.</param>
    /// <exception cref="QmpException">It cannot be opened.</exception>
    public void OpenTray(DriveReference drive, bool force) => OpenTray(Find(drive), drive, force);

    /// <summary>blockdev-close-tray.</summary>
    /// <param name="drive">The drive.</param>
    /// <exception cref="QmpException">There is no tray that could be closed.</exception>
    public void CloseTray(DriveReference drive) => CloseTray(Find(drive), drive);

    /// <summary>blockdev-remove-medium.</summary>
    /// <param name="drive">The drive.</param>
    /// <exception cref="QmpException">The medium cannot be taken out.</exception>
    public ValueTask RemoveAsync(DriveReference drive) => RemoveAsync(Find(drive), drive);

    /// <summary>blockdev-insert-medium.</summary>
    /// <param name="drive">The drive.</param>
    /// <param name="nodeName">The node.</param>
    /// <exception cref="QmpException">It cannot become the medium.</exception>
    public ValueTask InsertAsync(DriveReference drive, string nodeName)
    {
        BlockBackend backend = Find(drive);
        BlockNode node = Graph.FindNode(nodeName) ?? throw new QmpException($"Node '{nodeName}' not found");
        return node.Parents.Any(static edge => edge.Parent is BlockBackend)
            ? throw new QmpException($"Node '{nodeName}' is already in use")
            : InsertAsync(backend, node);
    }

    /// <summary>blockdev-change-medium: opens an image and puts it in the place of the medium.</summary>
    /// <param name="drive">The drive.</param>
    /// <param name="filename">The image.</param>
    /// <param name="format">Its format, or null to find it out.</param>
    /// <param name="force">Whether a tray that the guest has locked opens.</param>
    /// <param name="mode">Whether it can be written.</param>
    /// <exception cref="QmpException">The image cannot be opened, or not be put in; the tray may be open then.</exception>
    public async ValueTask ChangeAsync(DriveReference drive, string filename, string? format, bool force, BlockdevChangeReadOnlyMode mode)
    {
        BlockBackend backend = Find(drive);
        Remember(backend);
        BlockNode node = await OpenAsync(backend, filename, format, mode);
        try
        {
            OpenTray(backend, drive, force);
            await RemoveAsync(backend, drive);
            await InsertAsync(backend, node);
            CloseTray(backend, drive);
        }
        finally
        {
            await Graph.UnrefAsync(node);
        }
    }

    private static bool HasTray(BlockBackend backend) => backend.Device is { IsTrayOpen: not null };

    private static bool IsRemovable(BlockBackend backend) => backend.Device is null or { IsRemovable: true };

    private static void OpenTray(BlockBackend backend, DriveReference drive, bool force)
    {
        RequireRemovable(backend, drive);
        if (backend.Device is not IRemovableDevice { IsTrayOpen: false } device)
        {
            return;
        }

        bool isLocked = device.IsLocked;
        if (!isLocked || force)
        {
            device.ChangeMedium(isLoading: false);
            return;
        }

        throw new QmpException($"Device '{drive.Text}' is locked and force was not specified, wait for tray to open and try again");
    }

    private static void CloseTray(BlockBackend backend, DriveReference drive)
    {
        RequireRemovable(backend, drive);
        if (backend.Device is IRemovableDevice { IsTrayOpen: true } device)
        {
            device.ChangeMedium(isLoading: true);
        }
    }

    private static void RequireRemovable(BlockBackend backend, DriveReference drive)
    {
        if (!IsRemovable(backend))
        {
            throw new QmpException($"Device '{drive.Text}' is not removable");
        }
    }

    private static void Remember(BlockBackend backend)
    {
        if (backend.Root is { Node: var node })
        {
            backend.LastMedium = new LastMedium(node.ReadOnly, node.DetectZeroes);
        }
    }

    private static async ValueTask RemoveAsync(BlockBackend backend, DriveReference drive)
    {
        if (backend.Device is { } device)
        {
            RequireRemovable(backend, drive);
            if (device.IsTrayOpen == false)
            {
                throw new QmpException($"Tray of device '{drive.Text}' is not open");
            }
        }

        if (backend.Root is not { Node: var node })
        {
            return;
        }

        node.OpBlockers.Check(BlockOperation.Eject, drive.Text);
        Remember(backend);
        await backend.RemoveAsync();
        if (!HasTray(backend))
        {
            (backend.Device as IRemovableDevice)?.ChangeMedium(isLoading: false);
        }
    }

    private static async ValueTask InsertAsync(BlockBackend backend, BlockNode node)
    {
        if (!IsRemovable(backend))
        {
            throw new QmpException("Device is not removable");
        }

        if (backend.Device is { IsTrayOpen: false })
        {
            throw new QmpException("Tray of the device is not open");
        }

        if (backend.Root is not null)
        {
            throw new QmpException("There already is a medium in the device");
        }

        backend.Insert(node);
        if (HasTray(backend))
        {
            return;
        }

        try
        {
            (backend.Device as IRemovableDevice)?.ChangeMedium(isLoading: true);
        }
        catch (QmpException)
        {
            await backend.RemoveAsync();
            throw;
        }
    }

    private ValueTask<BlockNode> OpenAsync(BlockBackend backend, string filename, string? format, BlockdevChangeReadOnlyMode mode)
    {
        LastMedium last = backend.LastMedium ?? new LastMedium(false, BlockdevDetectZeroesOptions.Off);
        bool readOnly = mode == BlockdevChangeReadOnlyMode.Retain ? last.IsReadOnly : mode == BlockdevChangeReadOnlyMode.ReadOnly;
        var options = new QDict();
        options.Put("read-only", new QString(readOnly ? "on" : "off"));
        options.Put("detect-zeroes", new QString(last.DetectZeroes.ToWire()));
        if (format is not null)
        {
            options.Put("driver", new QString(format));
        }

        return ImageOpener.OpenAsync(
            Graph, filename, options, _ => host.Layer.Context.Report(ReportKind.Remark, FormatProbe.DescribeGuess(filename)));
    }

    private BlockBackend Find(DriveReference drive) => drive.Find(host);
}
