namespace QmpHost.Control.Rpc.Methods;

/// <summary>An area of a disk that a call names by its parameters "offset" and "bytes".</summary>
/// <param name="Offset">Start in bytes, not negative.</param>
/// <param name="Bytes">Length in bytes, not negative.</param>
internal readonly record struct DiskArea(long Offset, long Bytes)
{
    private const int LongestRead = 16 * 1024 * 1024;

    /// <summary>The parameter with the start.</summary>
    public static ControlParameter OffsetParameter { get; } = new("offset", "integer", "Start in bytes; 0 by default.");

    /// <summary>The parameter with the length.</summary>
    public static ControlParameter BytesParameter { get; } = new("bytes", "integer", "Length in bytes; up to the end of the disk by default.");

    /// <summary>The length as that of a single read.</summary>
    /// <exception cref="ControlException">It is too long.</exception>
    public int ReadLength => Bytes <= LongestRead ? (int)Bytes : throw ControlException.Wrong($"No more than {LongestRead} bytes are read at once.");

    /// <summary>That an area is not on its disk.</summary>
    public static ControlException Outside => ControlException.Wrong("The area is outside of the disk.");

    /// <summary>Reads the parameters.</summary>
    /// <param name="call">The call.</param>
    /// <param name="length">The disk's length, where the call leaves the end to it.</param>
    /// <exception cref="ControlException">They are negative.</exception>
    public static DiskArea Read(ControlCall call, long length)
    {
        long offset = call.OptionalInteger("offset") ?? 0;
        long bytes = call.OptionalInteger("bytes") ?? (length - offset);
        return offset >= 0 && bytes >= 0 ? new DiskArea(offset, bytes) : throw Outside;
    }
}
