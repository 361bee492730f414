namespace QmpHost.Block.Drivers.Vpc;

/// <summary>Cylinders, heads and sectors, by which old programs address a disk.</summary>
/// <param name="Cylinders">Cylinders.</param>
/// <param name="Heads">Heads.</param>
/// <param name="SectorsPerTrack">Sectors of a track.</param>
internal readonly record struct VhdGeometry(ushort Cylinders, byte Heads, byte SectorsPerTrack)
{
    /// <summary>The geometry of disks that are too large for any.</summary>
    public static readonly VhdGeometry Largest = new(65535, 16, 255);

    /// <summary>Sectors that can be addressed.</summary>
    public long Sectors => (long)Cylinders * Heads * SectorsPerTrack;

    /// <summary>The smallest geometry that holds a disk; <see cref="Largest"/> where none does.</summary>
    /// <param name="sectors">The disk's length in sectors.</param>
    public static VhdGeometry Covering(long sectors)
    {
        if (sectors > Largest.Sectors)
        {
            return Largest;
        }

        VhdGeometry geometry = default;
        for (long more = 0; geometry.Sectors < sectors; more++)
        {
            geometry = Of(sectors + more);
        }

        return geometry;
    }

    /// <summary>The smallest length, at least that asked for, that a geometry gives; what is too large for any stays.</summary>
    /// <param name="bytes">The disk's length in bytes.</param>
    public static ulong RoundUp(ulong bytes)
    {
        ulong sectors = (bytes + VhdDriver.SectorSize - 1) / VhdDriver.SectorSize;
        VhdGeometry geometry = Covering((long)Math.Min(sectors, long.MaxValue));
        return geometry == Largest ? bytes : (ulong)geometry.Sectors * VhdDriver.SectorSize;
    }

    // The computation of the format's specification, which rounds down.
    private static VhdGeometry Of(long sectors)
    {
        sectors = Math.Min(sectors, Largest.Sectors);
        if (sectors > 65535L * 16 * 63)
        {
            return new VhdGeometry((ushort)(sectors / 255 / 16), 16, 255);
        }

        int perTrack = 17;
        long tracks = sectors / perTrack;
        long heads = Math.Max(4, (tracks + 1023) / 1024);
        if (tracks >= heads * 1024 || heads > 16)
        {
            perTrack = 31;
            heads = 16;
            tracks = sectors / perTrack;
        }

        if (tracks >= heads * 1024)
        {
            perTrack = 63;
            heads = 16;
            tracks = sectors / perTrack;
        }

        return new VhdGeometry((ushort)(tracks / heads), (byte)heads, (byte)perTrack);
    }
}
