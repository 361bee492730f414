using QmpHost.Qapi;

namespace QmpHost.Commands;

/// <summary>What is told of a translator of processors' code that has had nothing to translate.</summary>
internal static class TranslatorText
{
    /// <summary>The report.</summary>
    /// <param name="profile">The release that the host behaves like.</param>
    /// <param name="steps">Whether it is to translate one instruction at a time.</param>
    public static string Describe(VersionProfile profile, bool steps)
        => (profile.Has(Behaviour.TranslatorTellsSettings) ? $"Accelerator settings:\none-insn-per-tb: {(steps ? "on" : "off")}\n\n" : string.Empty)
            + Buffer
            + (profile.Has(Behaviour.TranslatorTellsProfile) ? "TB hash avg chain   nan buckets. Histogram: (empty)\n" : string.Empty)
            + Statistics
            + (profile.Has(Behaviour.TranslatorTellsProfile) ? "[TCG profiler not compiled]\n" : string.Empty);

    private const string Buffer = """
        Translation buffer state:
        gen code size       0/1073736704
        TB count            0
        TB avg target size  0 max=0 bytes
        TB avg host size    0 bytes (expansion ratio: 0.0)
        cross page TB count 0 (0%)
        direct jump count   0 (0%) (2 jumps=0 0%)
        TB hash buckets     0/8192 (0.00% head buckets used)
        TB hash occupancy   0.00% avg chain occ. Histogram: [0.0,0.0)%|█|[0.0,0.0]%

        """;

    private const string Statistics = """

        Statistics:
        TB flush count      0
        TB invalidate count 0
        TLB full flushes    0
        TLB partial flushes 0
        TLB elided flushes  0

        """;
}
