using QmpHost.Nbd.Server;
using QmpHost.Nbd.Tests.Support;

namespace QmpHost.Nbd.Tests.Wire;

/// <summary>An export of a script.</summary>
internal sealed record WireExport(WireDisk Disk)
{
    public string Name { get; private set; } = Disk.Name;

    public string? Description { get; private set; }

    public bool Writable { get; private set; }

    public bool AllocationDepth { get; private set; }

    public List<(string Name, long Start, long Length)> Bitmaps { get; } = [];

    public static WireExport Parse(WireDisk disk, List<(string Key, string Value)> options)
    {
        var export = new WireExport(disk);
        foreach ((string key, string value) in options)
        {
            export.Apply(key, value);
        }

        return export;
    }

    public NbdExport Create()
    {
        MemoryDisk disk = Disk.Create();
        disk.Dirty.AddRange(Bitmaps.Select(static bitmap => new List<(long, long)> { (bitmap.Start, bitmap.Length) }));
        return new NbdExport(Name, disk)
        {
            Description = Description,
            Writable = Writable,
            AllocationDepth = AllocationDepth,
            Bitmaps = [.. Bitmaps.Select(static bitmap => bitmap.Name)],
        };
    }

    private void Apply(string key, string value)
    {
        switch (key)
        {
            case "name":
                Name = value;
                break;
            case "description":
                Description = value;
                break;
            case "writable":
                Writable = true;
                break;
            case "depth":
                AllocationDepth = true;
                break;
            case "bitmap":
                string[] parts = value.Split(':');
                (long start, long length) = WireSetup.ParseArea(parts[1]);
                Bitmaps.Add((parts[0], start, length));
                break;
            default:
                throw new FormatException(key);
        }
    }
}
