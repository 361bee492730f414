namespace QmpHost.Block.Core;

/// <summary>Arithmetic of sizes that are multiples of something.</summary>
internal static class Alignment
{
    /// <summary>The largest multiple that is not above a value.</summary>
    public static long Down(long value, long alignment) => value - (value % alignment);

    /// <summary>The smallest multiple that is not below a value.</summary>
    public static long Up(long value, long alignment)
    {
        long rest = value % alignment;
        return rest == 0 ? value : checked(value + alignment - rest);
    }

    /// <summary>Whether a value is a multiple.</summary>
    public static bool IsAligned(long value, long alignment) => value % alignment == 0;

    /// <summary>The smaller of two limits, of which 0 means none.</summary>
    public static long MinNonZero(long a, long b) => a == 0 ? b : b == 0 ? a : Math.Min(a, b);
}
