namespace QmpHost.Block.Drivers.Qcow2.Format;

/// <summary>Where compressed data lies.</summary>
/// <param name="HostOffset">Its first byte in the image file.</param>
/// <param name="Length">How many bytes it may take up, to the end of its last 512-byte sector.</param>
internal readonly record struct CompressedDescriptor(long HostOffset, int Length)
{
    private const int SectorSize = 512;

    public static CompressedDescriptor Decode(Qcow2Geometry geometry, ulong descriptor)
    {
        long offset = (long)(descriptor & geometry.CompressedOffsetMask);
        int sectors = (int)(descriptor >> geometry.CompressedSizeShift) & geometry.CompressedSectorsMask;
        return new CompressedDescriptor(offset, ((sectors + 1) * SectorSize) - (int)(offset & (SectorSize - 1)));
    }

    public static ulong Encode(Qcow2Geometry geometry, long hostOffset, int length)
    {
        long sectors = ((hostOffset + length - 1) / SectorSize) - (hostOffset / SectorSize);
        return L2Entry.Compressed | (ulong)hostOffset | ((ulong)sectors << geometry.CompressedSizeShift);
    }
}
