using System.Collections.Concurrent;
using QmpHost.Qapi;

namespace QmpHost.Machine.Facts;

/// <summary>The firmware that a release of QEMU puts into the memory of its boards, as it lists it.</summary>
/// <remarks>May be used from any thread. What devices bring along is not in it.</remarks>
public sealed class FirmwareFacts
{
    private static readonly ConcurrentDictionary<QemuRelease, Lazy<FirmwareFacts>> Releases = new();

    private readonly Dictionary<string, QDict> _boards;

    private FirmwareFacts(QDict file)
        => _boards = file.Objects("boards").ToDictionary(static board => board.Text("prefix")!, StringComparer.Ordinal);

    /// <summary>The firmware of a profile's release.</summary>
    /// <param name="profile">The profile.</param>
    public static FirmwareFacts Of(VersionProfile profile)
        => Releases.GetOrAdd(
            FactFile.ReleaseOf(profile),
            static release => new(() => new FirmwareFacts(FactFile.Read(release, "firmware")))).Value;

    /// <summary>x-query-roms: the images.</summary>
    /// <param name="board">The board.</param>
    public string ListImages(string board) => Find(board)?.Text("images") ?? string.Empty;

    /// <summary>The blocks of memory beside the main memory, largest first.</summary>
    /// <param name="board">The board.</param>
    /// <returns>For each its name, where it begins behind the main memory, and how many bytes of how many it has.</returns>
    public IEnumerable<(string Name, ulong Offset, ulong Used, ulong Total)> ListBlocks(string board)
        => ((Find(board)?.Find("blocks") as QList) ?? []).Cast<QList>()
            .Select(static block => (((QString)block[0]).Value, (ulong)block[1].Number(), (ulong)block[2].Number(), (ulong)block[3].Number()));

    private QDict? Find(string board)
        => _boards.GetValueOrDefault(board) ?? _boards.FirstOrDefault(item => board.StartsWith(item.Key, StringComparison.Ordinal) && item.Key.EndsWith('-')).Value;
}
