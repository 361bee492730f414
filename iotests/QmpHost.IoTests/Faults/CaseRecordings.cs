using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace QmpHost.IoTests.Faults;

/// <summary>
/// What QEMU said and left in its files in some cases, as a hash by seed: so that cases can be played where there is no QEMU. Only
/// what QEMU repeats, and QmpHost equals, is kept.
/// </summary>
internal static class CaseRecordings
{
    /// <summary>Reads the recordings of a command.</summary>
    /// <param name="command">The command that plays the cases.</param>
    /// <returns>Seeds and hashes.</returns>
    public static IReadOnlyList<(int Seed, string Hash)> Read(string command)
        => [.. File.ReadLines(PathOf(command)).Select(static line => line.Split(' ')).Select(
            static words => (int.Parse(words[0], CultureInfo.InvariantCulture), words[1]))];

    /// <summary>Adds recordings of a command to those that there are, and writes them anew where a seed is known.</summary>
    public static void Add(string command, IEnumerable<(int Seed, string Hash)> recordings)
    {
        var all = new SortedDictionary<int, string>();
        foreach ((int seed, string hash) in Read(command).Concat(recordings))
        {
            all[seed] = hash;
        }

        File.WriteAllLines(PathOf(command), all.Select(static r => string.Create(CultureInfo.InvariantCulture, $"{r.Key} {r.Value}")));
    }

    /// <summary>The hash of what a host said and left in its files.</summary>
    public static string HashOf(string said, string directory)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(said));
        hash.AppendData(SnapshotTimes.Read(Path.Combine(directory, "image")));
        hash.AppendData(SnapshotTimes.Read(Path.Combine(directory, "other")));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    private static string PathOf(string command) => Path.Combine(FaultImages.Folder, command + ".txt");
}
