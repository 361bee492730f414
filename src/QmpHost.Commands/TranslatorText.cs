namespace QmpHost.Commands;

/// <summary>What is told of a translator of processors' code that has had nothing to translate.</summary>
internal static class TranslatorText
{
    /// <summary>The report.</summary>
    public const string Idle = """
        Translation buffer state:
        gen code size       0/1073736704
        TB count            0
        TB avg target size  0 max=0 bytes
        TB avg host size    0 bytes (expansion ratio: 0.0)
        cross page TB count 0 (0%)
        direct jump count   0 (0%) (2 jumps=0 0%)
        TB hash buckets     0/8192 (0.00% head buckets used)
        TB hash occupancy   0.00% avg chain occ. Histogram: [0.0,0.0)%|█|[0.0,0.0]%
        TB hash avg chain   nan buckets. Histogram: (empty)

        Statistics:
        TB flush count      0
        TB invalidate count 0
        TLB full flushes    0
        TLB partial flushes 0
        TLB elided flushes  0
        [TCG profiler not compiled]

        """;
}
