using System.Globalization;
using QmpHost.Hosting.CommandLine;

namespace QmpHost.Hosting.Programs;

/// <summary>Where a drive is on the machine, and what it is called.</summary>
/// <param name="Interface">How it is attached.</param>
/// <param name="Bus">The bus.</param>
/// <param name="Unit">The unit on the bus.</param>
/// <param name="Name">The name.</param>
internal sealed record DrivePlace(string Interface, int Bus, int Unit, string Name)
{
    private const int IdeBuses = 2;
    private const int SataPorts = 6;
    private const int FloppyDrives = 2;
    private const int FlashChips = 2;

    // In the order of the numbers that messages tell.
    private static readonly string[] Interfaces = ["none", "ide", "scsi", "floppy", "pflash", "mtd", "sd", "virtio", "xen"];

    /// <summary>The number of an interface.</summary>
    /// <param name="type">The interface.</param>
    public static int NumberOf(string type) => Array.IndexOf(Interfaces, type);

    /// <summary>Finds the place of a drive.</summary>
    /// <param name="drive">The drive.</param>
    /// <param name="machine">The machine's type.</param>
    /// <param name="taken">The places that are taken.</param>
    /// <exception cref="CommandLineException">There is no such place, or it is taken.</exception>
    /// <returns>The place.</returns>
    public static DrivePlace Of(DriveOptions drive, string machine, IReadOnlySet<(string Interface, int Bus, int Unit)> taken)
    {
        string type = drive.Interface ?? (HasDrives(machine) ? "ide" : "none");
        int units = UnitsOf(type, machine);
        int bus = drive.Bus;
        int? wanted = drive.Unit;
        if (drive.Index is { } index)
        {
            (bus, wanted) = Split(index, units);
        }

        int unit = wanted ?? 0;
        while (wanted is null && taken.Contains((type, bus, unit)))
        {
            unit++;
            if (units > 0 && unit >= units)
            {
                unit = 0;
                bus++;
            }
        }

        if (units > 0 && unit >= units)
        {
            throw new CommandLineException($"unit {unit} too big (max is {units - 1})");
        }

        if (taken.Contains((type, bus, unit)))
        {
            throw new CommandLineException($"drive with bus={bus}, unit={unit} (index={(units > 0 ? (bus * units) + unit : unit)}) exists");
        }

        return new DrivePlace(type, bus, unit, drive.Id ?? NameOf(type, bus, unit, units, drive.IsOptical));
    }

    /// <summary>Whether the place that a drive names by one number is taken.</summary>
    /// <param name="drive">The drive, which has such a number.</param>
    /// <param name="machine">The machine's type.</param>
    /// <param name="taken">The places that are taken.</param>
    public static bool IsTaken(DriveOptions drive, string machine, IReadOnlySet<(string Interface, int Bus, int Unit)> taken)
    {
        (int bus, int unit) = Split(drive.Index!.Value, UnitsOf(drive.Interface!, machine));
        return taken.Contains((drive.Interface!, bus, unit));
    }

    // A bus of 0 units has as many as one likes.
    private static (int Bus, int Unit) Split(int index, int units) => units > 0 ? (index / units, index % units) : (0, index);

    /// <summary>Whether the board itself has the device for it.</summary>
    public bool IsOfBoard => Interface != "virtio";

    /// <summary>Whether a machine has such a place.</summary>
    /// <param name="machine">The machine's type.</param>
    public bool IsOn(string machine) => Interface switch
    {
        "none" or "virtio" => true,
        "ide" when IsQ35(machine) => Bus < SataPorts && Unit == 0,
        "ide" => HasDrives(machine) && Bus < IdeBuses && Unit < IdeBuses,
        "pflash" => HasDrives(machine) && Bus == 0 && Unit < FlashChips,
        "floppy" => HasDrives(machine) && !IsQ35(machine) && Bus == 0 && Unit < FloppyDrives,
        _ => false,
    };

    private static bool IsQ35(string machine) => machine.Contains("q35", StringComparison.Ordinal);

    private static bool HasDrives(string machine) => machine is not ("none" or "microvm");

    private static int UnitsOf(string type, string machine)
    {
        const int ideUnits = 2, scsiUnits = 7;
        return type switch
        {
            "ide" => IsQ35(machine) ? 1 : ideUnits,
            "scsi" => scsiUnits,
            "none" when machine == "microvm" => 1,
            _ => 0,
        };
    }

    private static string NameOf(string type, int bus, int unit, int units, bool isOptical)
    {
        string media = type is "ide" or "scsi" ? isOptical ? "-cd" : "-hd" : string.Empty;
        return units > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{type}{bus}{media}{unit}")
            : string.Create(CultureInfo.InvariantCulture, $"{type}{media}{unit}");
    }
}
