using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices.Types;

/// <summary>An object inside a working device.</summary>
/// <param name="Path">Its path from the device.</param>
/// <param name="Type">Its type.</param>
/// <param name="Region">For a region of memory, where it is and how large; otherwise null.</param>
internal sealed record DevicePart(string Path, string Type, QDict? Region);

/// <summary>A type of devices or buses, as QEMU was found to have it.</summary>
internal sealed class DeviceType
{
    // Where devices come and go: one that does not, does not of its own accord.
    private static readonly string[] HotBuses = ["SCSI", "usb-bus", "virtio-serial-bus"];

    private readonly IReadOnlyList<string[]> _classProperties;
    private readonly IReadOnlyList<string[]> _objectProperties;
    private readonly Lazy<QomClass> _class;

    internal DeviceType(string[] head, IReadOnlyList<string[]> lines, DeviceType? parent)
    {
        const int parentField = 2, kindField = 3, busField = 4, aliasField = 5, userField = 6, descriptionField = 7, categoryField = 8;
        Name = head[1];
        Parent = parent;
        ParentName = Field(head, parentField);
        IsAbstract = Field(head, kindField) == "abstract";
        Bus = Field(head, busField);
        Alias = Field(head, aliasField) is { Length: > 0 } alias ? alias : null;
        IsInternal = Field(head, userField).Length > 0;
        Description = Field(head, descriptionField) is { Length: > 0 } text ? text : null;
        Categories = Field(head, categoryField).Split(',', StringSplitOptions.RemoveEmptyEntries);
        _classProperties = Of(lines, "P");
        _objectProperties = Of(lines, "I");
        Parts = [.. Of(lines, "C").Select(static line => new DevicePart(line[1], line[2], line.Length > 3 ? (QDict)Qapi.Json.JsonParser.Parse(line[3]) : null))];
        FurtherLinks = [.. Of(lines, "A").Where(static line => line[2].StartsWith("link<", StringComparison.Ordinal) && line.Length > 3)
            .Select(static line => (line[1], line[2], line[3] is "null" ? string.Empty : line[3].Trim('"')))];
        WorkingValues = [.. Of(lines, "V").Select(static line => (line[1], Qapi.Json.JsonParser.Parse(line[2])))];
        Registers = Of(lines, "R") is [var registers] ? (QDict)Qapi.Json.JsonParser.Parse(registers[1]) : null;
        string? board = Of(lines, "M") is [var added] ? added[1] : null;
        IsFixed = Of(lines, "H").Count > 0 && (HotBuses.Contains(Bus) || (Bus == "PCI" && board == "pc"));
        Refusal = Of(lines, "E") is [var refused] ? refused[1] : null;
        CanBeAdded = (Of(lines, "M").Count > 0 || (Refusal is not null && Bus.Length > 0)) && !IsInternal;
        _class = new Lazy<QomClass>(MakeClass);
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>Another name, or null.</summary>
    public string? Alias { get; }

    /// <summary>The type that it extends, or null where that is none of devices or buses.</summary>
    public DeviceType? Parent { get; }

    /// <summary>Whether there are objects of extending types only.</summary>
    public bool IsAbstract { get; }

    /// <summary>The type of the buses that it is plugged into; empty for none.</summary>
    public string Bus { get; }

    /// <summary>Whether only boards have such devices.</summary>
    public bool IsInternal { get; }

    /// <summary>Whether such a device cannot come and go while the machine runs.</summary>
    public bool IsFixed { get; }

    /// <summary>Whether a device of the type can be added.</summary>
    public bool CanBeAdded { get; }

    /// <summary>Why a device of the type never works here, or null where it may.</summary>
    public string? Refusal { get; }

    /// <summary>What it is, in a few words, or null.</summary>
    public string? Description { get; }

    /// <summary>Under which titles listings show it.</summary>
    public IReadOnlyList<string> Categories { get; }

    /// <summary>The objects that a working device has inside, in the order of listings.</summary>
    public IReadOnlyList<DevicePart> Parts { get; }

    /// <summary>The links that a working device has beyond its properties, such as its interrupt lines: name, type and where they lead.</summary>
    public IReadOnlyList<(string Name, string Type, string Path)> FurtherLinks { get; }

    /// <summary>The properties that a working device shows otherwise than their defaults say.</summary>
    public IReadOnlyList<(string Name, QObject Value)> WorkingValues { get; }

    /// <summary>What query-pci says of such a device besides its place, or null for what is no PCI device.</summary>
    public QDict? Registers { get; }

    /// <summary>The class of the objects.</summary>
    public QomClass Class => _class.Value;

    /// <summary>The properties of each object that its class has not got, child objects among them.</summary>
    public IEnumerable<(string Name, string Type, QomProperty Property)> ObjectProperties
        => _objectProperties.Select(static line => (line[1], line[2], RecordedProperty.Make(line)));

    private string ParentName { get; }

    /// <summary>Whether this is a type or extends it.</summary>
    public bool IsA(string name)
    {
        for (DeviceType? type = this; type is not null; type = type.Parent)
        {
            if (type.Name == name || type.ParentName == name)
            {
                return true;
            }
        }

        return false;
    }

    private QomClass MakeClass() => Name switch
    {
        "device" => DeviceClass.Device,
        "bus" => BusClass.Bus,
        "System" => BusClass.System,
        _ => new QomClass(
            Name,
            Parent?.Class ?? QomClass.Object,
            IsA("bus") ? [] : _classProperties.Select(RecordedProperty.Make),
            IsAbstract),
    };

    private static string Field(string[] line, int index) => index < line.Length ? line[index] : string.Empty;

    private static List<string[]> Of(IReadOnlyList<string[]> lines, string kind) => [.. lines.Where(line => line[0] == kind)];
}
