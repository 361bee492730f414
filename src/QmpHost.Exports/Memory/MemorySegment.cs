using System.Runtime.InteropServices;

namespace QmpHost.Exports.Memory;

/// <summary>A piece of mapped memory. Laid out as the system's calls take it.</summary>
/// <param name="address">Where it starts in this process.</param>
/// <param name="length">Its length in bytes.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct MemorySegment(nint address, nuint length)
{
    /// <summary>Where it starts in this process.</summary>
    public nint Address { get; } = address;

    /// <summary>Its length in bytes.</summary>
    public nuint Length { get; } = length;

    /// <summary>Sums lengths up.</summary>
    public static long TotalOf(IEnumerable<MemorySegment> segments) => segments.Sum(static segment => (long)segment.Length);
}
