using QmpHost.Block.Core;
using QmpHost.Block.Drivers;
using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Filenames;
using QmpHost.Commands.Hosting;
using QmpHost.Hosting.CommandLine;
using QmpHost.Machine;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Hosting.Programs;

/// <summary>The drives of options -drive and of images without an option: backends with a name, and a place on the machine.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
/// <param name="host">The host.</param>
/// <param name="machine">The machine's type.</param>
/// <param name="print">Writes to standard error.</param>
internal sealed class LegacyDrives(HostServices host, string machine, Action<string> print)
{
    private readonly HashSet<(string Interface, int Bus, int Unit)> _taken = [];

    /// <summary>Adds a drive. The device that the machine has for it follows, see <see cref="AddDeviceAsync"/>.</summary>
    /// <param name="drive">The drive.</param>
    /// <exception cref="CommandLineException">The machine has no place for it, or its id is taken.</exception>
    /// <exception cref="QmpException">The image cannot be opened.</exception>
    /// <exception cref="HelpRequestedException">The option asks which formats there are.</exception>
    /// <returns>Where the drive is.</returns>
    public async Task<DrivePlace> AddAsync(DriveOptions drive)
    {
        DrivePlace place = await AddBackendAsync(drive);
        return place.IsOn(machine)
            ? place
            : throw new CommandLineException($"machine type does not support if={place.Interface},bus={place.Bus},unit={place.Unit}");
    }

    /// <summary>Adds a drive that the machine has unless its place is taken.</summary>
    /// <param name="drive">The drive.</param>
    /// <returns>Where it is, or null where the place is taken or the machine has no device for it.</returns>
    /// <exception cref="CommandLineException">Its id is taken.</exception>
    public async Task<DrivePlace?> AddSpareAsync(DriveOptions drive)
    {
        if (DrivePlace.IsTaken(drive, machine, _taken))
        {
            return null;
        }

        DrivePlace place = await AddBackendAsync(drive);
        return place.IsOn(machine) ? place : null;
    }

    /// <summary>Adds a drive while the machine runs: only one that no device of the board is for.</summary>
    /// <param name="drive">The drive.</param>
    /// <exception cref="CommandLineException">It cannot be added.</exception>
    /// <exception cref="QmpException">The image cannot be opened.</exception>
    /// <exception cref="HelpRequestedException">The option asks which formats there are.</exception>
    public async Task HotAddAsync(DriveOptions drive)
    {
        DrivePlace place = await AddBackendAsync(drive);
        if (place.Interface != "none")
        {
            BlockBackend backend = host.Layer.Graph.FindBackend(place.Name)!;
            await backend.RemoveAsync();
            host.Layer.Graph.RemoveBackend(backend);
            _taken.Remove((place.Interface, place.Bus, place.Unit));
            throw new CommandLineException($"Can't hot-add drive to type {DrivePlace.NumberOf(place.Interface)}");
        }
    }

    private async ValueTask<DrivePlace> AddBackendAsync(DriveOptions drive)
    {
        if (drive.AsksForFormats)
        {
            throw new HelpRequestedException(ListFormats());
        }

        DrivePlace place = DrivePlace.Of(drive, machine, _taken);
        BlockGraph graph = host.Layer.Graph;
        if (graph.FindBackend(place.Name) is not null)
        {
            throw new CommandLineException($"Duplicate ID '{place.Name}' for drive");
        }

        var backend = new BlockBackend(graph, string.Empty, BlockPermissions.ConsistentRead, BlockPermissions.All)
        {
            Name = place.Name,
            HasWriteCache = drive.HasWriteCache,
            OnWriteError = Action(drive.OnWriteError) ?? BlockdevOnError.Enospc,
            OnReadError = Action(drive.OnReadError) ?? BlockdevOnError.Report,
        };
        if (drive.IsEmpty)
        {
            backend.LastMedium = new LastMedium(drive.IsReadOnly, drive.DetectZeroes);
        }
        else
        {
            backend.Accounting.CountsInvalid = drive.CountsInvalid;
            backend.Accounting.CountsFailed = drive.CountsFailed;
        }

        if (await OpenAsync(graph, drive) is { } node)
        {
            backend.Insert(node);
            if (drive.CopiesOnRead && !drive.IsReadOnly)
            {
                node.EnableCopyOnRead();
            }

            await graph.UnrefAsync(node);
        }

        if (graph.FindNode(place.Name) is not null)
        {
            await backend.RemoveAsync();
            throw new CommandLineException($"Device name '{place.Name}' conflicts with an existing node name");
        }

        graph.AddBackend(backend);
        if (drive.Throttling is { IsAny: true } throttling)
        {
            host.Layer.ThrottleGroups.Limit(backend, throttling.Group ?? place.Name, throttling.Limits);
        }

        _taken.Add((place.Interface, place.Bus, place.Unit));
        return place;
    }

    private static BlockdevOnError? Action(string? text)
        => text is not null && BlockdevOnErrorEnum.TryParse(text, out BlockdevOnError action) && action != BlockdevOnError.Auto ? action : null;

    private async ValueTask<BlockNode?> OpenAsync(BlockGraph graph, DriveOptions drive)
    {
        if (drive.IsEmpty)
        {
            return null;
        }

        if (drive.CopiesOnRead && drive.IsReadOnly)
        {
            graph.Context.Report(ReportKind.RequestWarning, "disabling copy-on-read on read-only drive");
        }

        // Drives are opened for writing when somebody writes.
        drive.Image.TryAdd("auto-read-only", new QString("on"));
        BlockNode node = await ImageOpener.OpenAsync(
            graph, drive.Filename, drive.Image, image => print(FormatProbe.DescribeGuess(image)));
        node = drive.IsSnapshot ? await PutOverAsync(graph, node, drive.IsReadOnly) : node;
        node.SetDetectZeroes(drive.DetectZeroes);
        return node;
    }

    private static async ValueTask<BlockNode> PutOverAsync(BlockGraph graph, BlockNode image, bool isReadOnly)
    {
        try
        {
            return await TemporaryOverlay.OpenAsync(graph, image, isReadOnly);
        }
        finally
        {
            await graph.UnrefAsync(image);
        }
    }

    private IEnumerable<string> ListFormats()
    {
        string names = string.Join(' ', host.Layer.Graph.Drivers.Names);
        return [$"Supported formats: {names}", $"Supported formats (read-only): {names}"];
    }

    /// <summary>Adds the device that the machine has for a drive.</summary>
    /// <param name="drive">The drive.</param>
    /// <param name="place">Where it is.</param>
    /// <exception cref="QmpException">The device does not take the drive.</exception>
    public async Task AddDeviceAsync(DriveOptions drive, DrivePlace place)
    {
        string? type = place.Interface switch
        {
            "ide" => drive.IsOptical ? "ide-cd" : "ide-hd",
            "floppy" => "floppy",
            "virtio" => "virtio-blk-pci",
            _ => null,
        };
        if (place.Interface == "pflash")
        {
            await host.Devices!.AddFlashAsync(place.Unit, place.Name);
        }
        else if (type == "virtio-blk-pci")
        {
            var device = new QDict();
            device.Put("driver", new QString(type));
            device.Put("drive", new QString(place.Name));
            await host.Devices!.AddAsync(device);
        }
        else if (type is not null)
        {
            string bus = place.Interface == "ide" ? $"ide.{place.Bus}" : "floppy-bus.0";
            await host.Devices!.AddToBoardAsync(type, bus, place.Unit, place.Name);
        }
    }
}
