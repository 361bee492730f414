using System.Globalization;
using System.Text;
using QmpHost.Machine.Facts;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Machine.Devices.Recorded;

/// <summary>What a board of QEMU was found to consist of. Immutable.</summary>
internal sealed class BoardRecord
{
    private const string Folder = "Data/Boards/";

    // Versions of a board consist of the same parts in one release.
    private static readonly string[] Families = ["pc-i440fx-", "pc-q35-", "none", "microvm", "isapc"];

    private static readonly string[] Files =
        [.. typeof(BoardRecord).Assembly.GetManifestResourceNames().Where(static name => name.StartsWith(Folder, StringComparison.Ordinal))];

    private readonly Lazy<IReadOnlyList<RecordedObject>> _objects;

    private BoardRecord(IReadOnlyList<BoardDevice> devices, Lazy<IReadOnlyList<RecordedObject>> objects)
    {
        Devices = devices;
        _objects = objects;
    }

    /// <summary>The devices without a place of their own in the tree, by their numbers.</summary>
    public IReadOnlyList<BoardDevice> Devices { get; }

    /// <summary>All objects, owners before what they own, each with its properties in the order of listings.</summary>
    public IReadOnlyList<RecordedObject> Objects => _objects.Value;

    /// <summary>The record of a board, or null where there is none.</summary>
    /// <param name="name">The board's full name.</param>
    /// <param name="profile">The release whose board it is.</param>
    public static BoardRecord? Find(string name, VersionProfile profile)
    {
        if (Array.Find(Families, family => name.StartsWith(family, StringComparison.Ordinal)) is not { } family)
        {
            return null;
        }

        string start = string.Create(CultureInfo.InvariantCulture, $"{Folder}{FactFile.ReleaseOf(profile)}/{family}");
        return Array.Find(Files, file => file.StartsWith(start, StringComparison.Ordinal)) is { } file ? Read(file) : null;
    }

    private static BoardRecord Read(string file)
    {
        using StreamReader reader = Open(file);
        var devices = new List<BoardDevice>();
        while (reader.ReadLine() is { } line && line.StartsWith("D\t", StringComparison.Ordinal))
        {
            string[] fields = line.Split('\t');
            devices.Add(new BoardDevice(fields[1], fields[2], fields[3], fields[4]));
        }

        return new BoardRecord(devices, new Lazy<IReadOnlyList<RecordedObject>>(() => ReadObjects(file)));
    }

    // The first line says where the file is from.
    private static StreamReader Open(string file)
    {
        var reader = new StreamReader(typeof(BoardRecord).Assembly.GetManifestResourceStream(file)!, Encoding.UTF8);
        reader.ReadLine();
        return reader;
    }

    private static List<RecordedObject> ReadObjects(string file)
    {
        using StreamReader reader = Open(file);
        var objects = new List<RecordedObject>();
        List<RecordedValue> values = [];
        while (reader.ReadLine() is { } line)
        {
            string[] fields = line.Split('\t');
            if (fields[0] == "O")
            {
                values = [];
                objects.Add(new RecordedObject(fields[1], fields[2], values));
            }
            else if (fields[0] == "P")
            {
                values.Add(new RecordedValue(fields[1], fields[2], fields.Length > 3 ? fields[3] : null));
            }
        }

        return objects;
    }
}

/// <summary>A device of a board.</summary>
/// <param name="Name">Its name among the devices without a place of their own.</param>
/// <param name="Type">Its type.</param>
/// <param name="Bus">The path of its bus from the machine, or empty.</param>
/// <param name="Slot">The name of the bus's property that leads to it, or empty.</param>
internal sealed record BoardDevice(string Name, string Type, string Bus, string Slot);

/// <summary>An object of a board.</summary>
/// <param name="Path">Its path from the machine: empty for the machine itself, otherwise beginning with a slash.</param>
/// <param name="Type">Its type.</param>
/// <param name="Values">Its properties.</param>
internal sealed record RecordedObject(string Path, string Type, IReadOnlyList<RecordedValue> Values);

/// <summary>A property of an object of a board.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Text">Its value as JSON, an exclamation mark and why it cannot be read, or null where the host knows it itself.</param>
internal sealed record RecordedValue(string Name, string Type, string? Text)
{
    /// <summary>Whether it leads to an object that this one owns.</summary>
    public bool IsChild => Type.StartsWith("child<", StringComparison.Ordinal);

    /// <summary>Whether it leads to another object.</summary>
    public bool IsLink => Type.StartsWith("link<", StringComparison.Ordinal);

    /// <summary>The value, or null where there is none.</summary>
    public QObject? Value => Text is null || Text.StartsWith('!') ? null : JsonParser.Parse(Text);
}
