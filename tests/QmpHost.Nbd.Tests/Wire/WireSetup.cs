using System.Globalization;
using QmpHost.Nbd.Server;

namespace QmpHost.Nbd.Tests.Wire;

/// <summary>The disks and exports that a script wants.</summary>
/// <remarks>
/// disk NAME SIZE [data=START+LENGTH:BYTE]... [zero=START+LENGTH]... [null] [fail=KIND:ERRNO]... [align=N] [max=N]
/// export DISK [name=NAME] [writable] [depth] [description=TEXT] [bitmap=NAME:START+LENGTH]...
/// A disk is a qcow2 image with clusters of 64 KiB; with "null" or "fail" it is a null-co node without data.
/// </remarks>
internal sealed class WireSetup
{
    public Dictionary<string, WireDisk> Disks { get; } = [];

    public List<WireExport> Exports { get; } = [];

    public static WireSetup Parse(IEnumerable<string> lines)
    {
        var setup = new WireSetup();
        foreach (string line in lines)
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            List<(string Key, string Value)> options = [.. words.Skip(1).Select(Split)];
            if (words[0] == "disk")
            {
                setup.Disks[words[1]] = WireDisk.Parse(words[1], long.Parse(words[2], CultureInfo.InvariantCulture), options[2..]);
            }
            else
            {
                setup.Exports.Add(WireExport.Parse(setup.Disks[words[1]], options[1..]));
            }
        }

        return setup;
    }

    /// <summary>The exports over disks in memory.</summary>
    public IEnumerable<NbdExport> CreateExports() => Exports.Select(static export => export.Create());

    public static (long Start, long Length) ParseArea(string value)
    {
        long[] parts = [.. value.Split('+').Select(static part => long.Parse(part, CultureInfo.InvariantCulture))];
        return (parts[0], parts[1]);
    }

    private static (string Key, string Value) Split(string word)
    {
        string[] parts = word.Split('=', 2);
        return (parts[0], parts.Length == 2 ? parts[1] : "");
    }
}
