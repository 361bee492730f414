using System.Globalization;
using QmpHost.Machine.Boards;
using QmpHost.Machine.Network;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>What devices need of the machine around them.</summary>
internal sealed class DeviceContext
{
    private const int FirstMacAddress = 0x56;

    private readonly Dictionary<string, int> _busNumbers = new(StringComparer.Ordinal);
    private MemorySpace? _memory;
    private int _nextMac = FirstMacAddress;
    private int _nextIdeSerial = 1;

    internal required QomTree Tree { get; init; }

    internal required IDriveProvider Drives { get; init; }

    /// <summary>What the command line says of the machine.</summary>
    internal MachineConfiguration Configuration { get; set; } = new();

    /// <summary>The host's clock.</summary>
    internal TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>Where events of devices go.</summary>
    internal required IQapiEventSink Events { get; init; }

    /// <summary>The character devices, or null where there are none.</summary>
    internal ICharacterFrontEnds? CharacterDevices { get; set; }

    /// <summary>The network backends, or null where there are none.</summary>
    internal NetworkBackends? Network { get; set; }

    /// <summary>The devices that the firmware knows by a number of their own.</summary>
    internal Dictionary<long, TableDevice> AcpiIndexes { get; } = [];

    /// <summary>The memory balloon, of which there is one at most; null for none.</summary>
    internal DeviceObject? Balloon { get; set; }

    /// <summary>Where memory devices lie.</summary>
    internal MemorySpace Memory => _memory ??= new MemorySpace(Configuration, Board);

    /// <summary>The board's name.</summary>
    internal required string Board { get; init; }

    /// <summary>Properties that all devices of a type begin with.</summary>
    internal List<GlobalProperty> Globals { get; } = [];

    /// <summary>The network cards, oldest first.</summary>
    internal List<NetworkCard> Cards { get; } = [];

    /// <summary>What takes keys and movements.</summary>
    internal InputHandlers Input => field ??= new InputHandlers(Board.StartsWith("pc-", StringComparison.Ordinal) || Board == "isapc");

    internal BootOrder Boot { get; } = new();

    /// <summary>The name of the next bus of a type whose device has no id: the type in small letters and a number.</summary>
    internal string NextBusName(string type)
    {
        int number = _busNumbers.GetValueOrDefault(type);
        _busNumbers[type] = number + 1;
        return string.Create(CultureInfo.InvariantCulture, $"{type.ToLowerInvariant()}.{number}");
    }

    /// <summary>The last byte of the next address for a network card without one.</summary>
    internal int NextMacAddress() => _nextMac++ & 0xff;

    /// <summary>The number in the serial of the first of some disks that an IDE bus takes.</summary>
    internal int ReserveIdeSerials(int count)
    {
        int first = _nextIdeSerial;
        _nextIdeSerial += count;
        return first;
    }
}
