namespace QmpHost.Block.Drivers.Compression;

/// <summary>The alphabets of RFC 1951: how lengths and distances of matches become symbols with extra bits.</summary>
internal static class DeflateCodes
{
    /// <summary>The shortest match.</summary>
    public const int MinMatch = 3;

    /// <summary>The longest match.</summary>
    public const int MaxMatch = 258;

    /// <summary>The symbol that ends a block; those of lengths follow it.</summary>
    public const int EndOfBlock = 256;

    /// <summary>Symbols of literals and lengths, without the two that are never used.</summary>
    public const int LiteralSymbols = EndOfBlock + 1 + 29;

    /// <summary>Symbols of distances.</summary>
    public const int DistanceSymbols = 30;

    /// <summary>Symbols in which code lengths are written.</summary>
    public const int CodeLengthSymbols = 19;

    private static readonly byte[] LengthSymbols = new byte[MaxMatch - MinMatch + 1];
    private static readonly byte[] NearDistanceSymbols = new byte[256];
    private static readonly byte[] FarDistanceSymbols = new byte[256];

    static DeflateCodes()
    {
        for (int symbol = 0; symbol < LengthExtraBits.Length - 1; symbol++)
        {
            LengthSymbols.AsSpan(LengthBases[symbol], 1 << LengthExtraBits[symbol]).Fill((byte)symbol);
        }

        LengthSymbols[^1] = (byte)(LengthExtraBits.Length - 1);
        for (int symbol = 0; symbol < DistanceSymbols; symbol++)
        {
            for (int i = 0; i < 1 << DistanceExtraBits[symbol]; i++)
            {
                int distance = DistanceBases[symbol] + i;
                (distance < 256 ? NearDistanceSymbols : FarDistanceSymbols)[distance < 256 ? distance : distance >> 7] = (byte)symbol;
            }
        }
    }

    /// <summary>Extra bits of the symbols of lengths.</summary>
    public static ReadOnlySpan<byte> LengthExtraBits => [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];

    /// <summary>The least length of each symbol, above the shortest match.</summary>
    public static ReadOnlySpan<byte> LengthBases
        => [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 255];

    /// <summary>Extra bits of the symbols of distances.</summary>
    public static ReadOnlySpan<byte> DistanceExtraBits
        => [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];

    /// <summary>The least distance of each symbol, counted from zero.</summary>
    public static ReadOnlySpan<ushort> DistanceBases =>
    [
        0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 12288,
        16384, 24576,
    ];

    /// <summary>Extra bits of the symbols of code lengths.</summary>
    public static ReadOnlySpan<byte> CodeLengthExtraBits => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 7];

    /// <summary>The order in which the code lengths of code lengths are written.</summary>
    public static ReadOnlySpan<byte> CodeLengthOrder => [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    /// <summary>The symbol of a length, counted from the shortest match, without <see cref="EndOfBlock"/>.</summary>
    public static int LengthSymbol(int length) => LengthSymbols[length];

    /// <summary>The symbol of a distance, counted from zero.</summary>
    public static int DistanceSymbol(int distance) => distance < 256 ? NearDistanceSymbols[distance] : FarDistanceSymbols[distance >> 7];
}
