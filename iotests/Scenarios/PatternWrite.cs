using System.Globalization;

namespace QmpHost.IoTests.Scenarios;

/// <summary>One write of a batch.</summary>
/// <param name="Pattern">The byte to write.</param>
/// <param name="Offset">Where, in bytes.</param>
/// <param name="Length">How much, in bytes.</param>
public sealed record PatternWrite(byte Pattern, long Offset, long Length = 0x10000)
{
    /// <summary>The command for <c>qemu-io</c>.</summary>
    public string Command => string.Create(CultureInfo.InvariantCulture, $"write -P0x{Pattern:x2} 0x{Offset:x7} 0x{Length:x}");

    /// <summary>
    /// The four batches of scenario 257: a base, then writes at the edges, across granules, over older data, and in areas
    /// that no earlier batch has touched.
    /// </summary>
    public static IReadOnlyList<IReadOnlyList<PatternWrite>> Batches { get; } =
    [
        [new(0x49, 0x0000000), new(0x6c, 0x0100000), new(0x6f, 0x2000000), new(0x76, 0x3ff0000)],
        [new(0x65, 0x0000000), new(0x77, 0x00f8000), new(0x72, 0x2008000), new(0x69, 0x3fe0000)],
        [new(0x74, 0x0010000), new(0x69, 0x00e8000), new(0x6e, 0x2018000), new(0x67, 0x3fe0000, 0x20000)],
        [new(0xaa, 0x0010000, 0x30000), new(0xbb, 0x00d8000), new(0xcc, 0x2028000), new(0xdd, 0x3fc0000)],
    ];
}
