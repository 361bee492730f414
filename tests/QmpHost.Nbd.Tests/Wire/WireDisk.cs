using System.Globalization;
using QmpHost.Block.Core;
using QmpHost.Nbd.Tests.Support;

namespace QmpHost.Nbd.Tests.Wire;

/// <summary>A disk of a script.</summary>
internal sealed record WireDisk(string Name, long Size)
{
    public List<(long Start, long Length, byte Pattern)> Data { get; } = [];

    public List<(long Start, long Length)> Zero { get; } = [];

    public Dictionary<string, Errno> Failures { get; } = [];

    public bool IsNull { get; private set; }

    public int Alignment { get; private set; } = 1;

    public long MaxTransfer { get; private set; }

    public static WireDisk Parse(string name, long size, List<(string Key, string Value)> options)
    {
        var disk = new WireDisk(name, size);
        foreach ((string key, string value) in options)
        {
            disk.Apply(key, value);
        }

        return disk;
    }

    public MemoryDisk Create()
    {
        var disk = new MemoryDisk((Size + 511) / 512 * 512, IsNull ? 0 : Size) { RequestAlignment = Alignment, MaxTransfer = MaxTransfer };
        Data.ForEach(area => disk.SetData(area.Start, area.Length, area.Pattern));
        Zero.ForEach(area => disk.SetZero(area.Start, area.Length));
        foreach ((string kind, Errno errno) in Failures)
        {
            disk.Failures[kind] = errno;
            disk.FailFrom = Size / 2;
        }

        return disk;
    }

    private void Apply(string key, string value)
    {
        switch (key)
        {
            case "data":
                string[] parts = value.Split(':');
                (long start, long length) = WireSetup.ParseArea(parts[0]);
                Data.Add((start, length, Convert.ToByte(parts[1], 16)));
                break;
            case "zero":
                Zero.Add(WireSetup.ParseArea(value));
                break;
            case "null":
                IsNull = true;
                break;
            case "align":
                Alignment = int.Parse(value, CultureInfo.InvariantCulture);
                break;
            case "max":
                MaxTransfer = long.Parse(value, CultureInfo.InvariantCulture);
                break;
            case "fail":
                string[] failure = value.Split(':');
                Failures[failure[0]] = Enum.Parse<Errno>(failure[1]);
                break;
            default:
                throw new FormatException(key);
        }
    }
}
