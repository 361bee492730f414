using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Filenames;
using QmpHost.Commands.Hosting;
using QmpHost.Hosting.CommandLine;
using QmpHost.Machine;
using QmpHost.Qapi;

namespace QmpHost.Hosting.Programs;

/// <summary>The drives of options -drive and of images without an option: backends with a name, and a place on the machine.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
/// <param name="host">The host.</param>
/// <param name="machine">The machine's type.</param>
/// <param name="print">Writes to standard error.</param>
internal sealed class LegacyDrives(HostServices host, string machine, Action<string> print)
{
    private readonly HashSet<(string Interface, int Bus, int Unit)> _taken = [];

    /// <summary>Adds a drive.</summary>
    /// <param name="drive">The drive.</param>
    /// <exception cref="CommandLineException">The machine has no place for it, or its id is taken.</exception>
    /// <exception cref="QmpException">The image cannot be opened.</exception>
    /// <exception cref="HelpRequestedException">The option asks which formats there are.</exception>
    public async Task AddAsync(DriveOptions drive)
    {
        if (drive.AsksForFormats)
        {
            throw new HelpRequestedException(ListFormats());
        }

        string type = drive.Interface ?? (machine == "none" ? "none" : "ide");
        int unit = TakeUnit(type, drive.Bus, drive.Unit);
        string name = drive.Id ?? $"{type}{unit}";
        CheckInterface(type, drive.Bus, unit);
        BlockGraph graph = host.Layer.Graph;
        if (graph.FindBackend(name) is not null)
        {
            throw new CommandLineException($"Duplicate ID '{name}' for drive");
        }

        var backend = new BlockBackend(graph, string.Empty, BlockPermissions.ConsistentRead, BlockPermissions.All)
        {
            Name = name,
            HasWriteCache = drive.HasWriteCache,
        };
        if (await OpenAsync(graph, drive) is { } node)
        {
            backend.Insert(node);
            await graph.UnrefAsync(node);
        }

        if (graph.FindNode(name) is not null)
        {
            await backend.RemoveAsync();
            throw new CommandLineException($"Device name '{name}' conflicts with an existing node name");
        }

        graph.AddBackend(backend);
        if (type == "virtio")
        {
            await AddVirtioDeviceAsync(name);
        }
    }

    private async ValueTask<BlockNode?> OpenAsync(BlockGraph graph, DriveOptions drive)
    {
        if (drive.IsEmpty)
        {
            return null;
        }

        return await ImageOpener.OpenAsync(graph, drive.Filename, drive.Image, () => print(
            $"WARNING: Image format was not specified for '{drive.Filename}' and probing guessed raw.\n"
            + "         Automatically detecting the format is dangerous for raw images, write operations on block 0 will be restricted.\n"
            + "         Specify the 'raw' format explicitly to remove the restrictions."));
    }

    private IEnumerable<string> ListFormats()
    {
        string names = string.Join(' ', host.Layer.Graph.Drivers.Names);
        return [$"Supported formats: {names}", $"Supported formats (read-only): {names}"];
    }

    private int TakeUnit(string type, int bus, int? wanted)
    {
        int unit = wanted ?? Enumerable.Range(0, int.MaxValue).First(free => !_taken.Contains((type, bus, free)));
        return _taken.Add((type, bus, unit))
            ? unit
            : throw new CommandLineException($"drive with bus={bus}, unit={unit} (index={unit}) exists");
    }

    private void CheckInterface(string type, int bus, int unit)
    {
        if (type is "none" or "virtio")
        {
            return;
        }

        throw new CommandLineException(machine == "none"
            ? $"machine type does not support if={type},bus={bus},unit={unit}"
            : $"drives with if={type} are not available in this build; use if=none or if=virtio");
    }

    private async Task AddVirtioDeviceAsync(string name)
    {
        var device = new QDict();
        device.Put("driver", new QString("virtio-blk-pci"));
        device.Put("drive", new QString(name));
        await host.Devices!.AddAsync(device);
    }
}
